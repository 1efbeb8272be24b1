-- inputs: done, request, resolved_image
UPDATE image_member
SET
    status = 'rejected',
    rejected_at = greatest(image_member.shared_at, answer.happened_at)
FROM (
    SELECT
        m.image_id,
        r.actor,
        r.happened_at
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN resolved_image AS m ON d.row = m.row
) AS answer
WHERE image_member.image_id = answer.image_id AND image_member.tenant = answer.actor AND image_member.removed_at IS NULL
