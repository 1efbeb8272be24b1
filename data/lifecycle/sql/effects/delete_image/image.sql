-- inputs: done, request, resolved_image
UPDATE image
SET
    status = 'deleted',
    deleted_at = greatest(image.created_at, gone.happened_at),
    updated_at = gone.happened_at
FROM (
    SELECT
        m.image_id,
        r.happened_at
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN resolved_image AS m ON d.row = m.row
) AS gone
WHERE image.image_id = gone.image_id
