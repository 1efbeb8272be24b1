SELECT
    'an image is shared with its owner' AS problem,
    m.image_id AS thing,
    m.tenant AS detail
FROM image_member AS m
INNER JOIN image AS i ON m.image_id = i.image_id AND m.tenant = i.owner
WHERE m.removed_at IS NULL;
