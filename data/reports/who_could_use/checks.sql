SELECT
    'a share begins before the one before it has ended' AS problem,
    m.image_id AS thing,
    m.tenant AS detail
FROM image_member AS m
INNER JOIN image_member AS earlier
    ON m.image_id = earlier.image_id AND m.tenant = earlier.tenant AND m.shared_at > earlier.shared_at
WHERE earlier.removed_at > m.shared_at;

SELECT
    'a public image is shared' AS problem,
    i.image_id AS thing,
    m.tenant AS detail
FROM image AS i
INNER JOIN image_member AS m ON i.image_id = m.image_id
WHERE i.visibility = 'public';
