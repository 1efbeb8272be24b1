SELECT
    'a share has no known status' AS problem,
    m.image_id AS thing,
    m.status AS detail
FROM image_member AS m
WHERE m.status NOT IN ('pending', 'accepted', 'rejected');
