-- inputs: done, request, resolved_image
UPDATE image
SET
    visibility = 'marketplace',
    published = TRUE,
    updated_at = sold.happened_at
FROM (
    SELECT
        m.image_id,
        r.happened_at
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN resolved_image AS m ON d.row = m.row
) AS sold
WHERE image.image_id = sold.image_id
