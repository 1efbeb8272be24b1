-- The facts of an action whose rules test only the image.
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
    a.image_type
FROM asked_image AS a
