-- inputs: request, resolved_image
INSERT INTO resolved_image
SELECT
    r.row,
    i.image_id,
    1 AS matches
FROM (SELECT * FROM request ANTI JOIN resolved_image USING (row)) AS r
INNER JOIN image AS i ON r.image_ref = i.image_id
INNER JOIN image_member AS m ON i.image_id = m.image_id AND r.actor = m.tenant
WHERE i.deleted_at IS NULL AND m.removed_at IS NULL AND i.cloud = getvariable('cloud')
