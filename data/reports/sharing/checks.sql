SELECT
    'an image is shared twice with one tenant' AS problem,
    m.image_id AS thing,
    m.tenant AS detail
FROM image_member AS m
WHERE m.removed_at IS NULL
GROUP BY m.image_id, m.tenant
HAVING count(*) > 1;

SELECT
    'an image that never was is shared' AS problem,
    m.image_id AS thing,
    m.tenant AS detail
FROM image_member AS m
ANTI JOIN image AS i ON m.image_id = i.image_id;

SELECT
    'a share ends or is accepted before it begins' AS problem,
    m.image_id AS thing,
    m.tenant AS detail
FROM image_member AS m
WHERE m.removed_at < m.shared_at OR m.accepted_at < m.shared_at;

SELECT
    'a deleted image is still shared' AS problem,
    m.image_id AS thing,
    m.tenant AS detail
FROM image_member AS m
INNER JOIN image AS i ON m.image_id = i.image_id
WHERE m.removed_at IS NULL AND i.deleted_at IS NOT NULL;
