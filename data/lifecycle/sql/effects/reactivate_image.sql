-- inputs: done, request, resolved_image
UPDATE image
SET
    status = 'active',
    updated_at = changed.happened_at
FROM (
    SELECT
        m.image_id,
        r.*
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN resolved_image AS m ON d.row = m.row
) AS changed
WHERE image.image_id = changed.image_id
