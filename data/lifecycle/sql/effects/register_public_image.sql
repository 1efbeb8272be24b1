-- inputs: done, request
UPDATE image
SET visibility = 'public'
FROM (
    SELECT r.new_id
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
) AS registered
WHERE image.image_id = registered.new_id
