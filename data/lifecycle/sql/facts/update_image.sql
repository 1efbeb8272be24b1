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
    r.name,
    r.min_disk_gb,
    a.virtual_size_bytes,
    exists(
        SELECT 1
        FROM image AS i
        WHERE
            i.owner = a.image_owner
            AND i.name = r.name
            AND i.region = a.image_region
            AND i.image_id <> a.image_id
            AND i.deleted_at IS NULL
    ) AS name_taken
FROM asked_image AS a
INNER JOIN request AS r ON a.row = r.row
