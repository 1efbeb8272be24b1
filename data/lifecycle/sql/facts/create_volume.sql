-- inputs: asked_image, request
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
    a.min_disk_gb,
    r.size_gb
FROM asked_image AS a
INNER JOIN request AS r ON a.row = r.row
