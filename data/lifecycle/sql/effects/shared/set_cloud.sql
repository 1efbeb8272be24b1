-- The images that an action makes at a real cloud are in that cloud.
-- inputs: done, request
UPDATE image
SET cloud = $cloud
WHERE image.image_id IN (
    SELECT r.new_id
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
)
