SELECT
    'a share is rejected before it begins' AS problem,
    m.image_id AS thing,
    m.tenant AS detail
FROM image_member AS m
WHERE m.rejected_at < m.shared_at;

SELECT
    'an image is shared before it is made' AS problem,
    m.image_id AS thing,
    m.tenant AS detail
FROM image_member AS m
INNER JOIN image AS i ON m.image_id = i.image_id
WHERE m.shared_at < i.created_at;
