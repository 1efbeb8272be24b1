SELECT
    'the time of an answer does not go with a share''s status' AS problem,
    m.image_id AS thing,
    m.tenant AS detail
FROM image_member AS m
WHERE m.status = 'pending' AND m.rejected_at IS NOT NULL;
