-- inputs: asked_image
-- creates: table fact
SELECT
    a.row,
    a.actor,
    a.region,
    a.image,
    a.image_matches,
    a.image_name,
    a.image_owner,
    a.image_region,
    a.visibility,
    a.status,
    a.image_type,
    a.image_cloud,
    usage_is_complete(a.image_cloud) AS usage_complete,
    getvariable('by_retention') AS by_retention
FROM asked_image AS a
