-- Deleting an image marks its row, and ends its shares at the same time. Servers that use the image continue to run.
-- inputs: done, request, resolved_image
UPDATE image_member
SET removed_at = greatest(image_member.shared_at, gone.happened_at)
FROM (
    SELECT
        m.image_id,
        r.happened_at
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN resolved_image AS m ON d.row = m.row
) AS gone
WHERE image_member.image_id = gone.image_id AND image_member.removed_at IS NULL
