SELECT
    'a share that waits was accepted' AS problem,
    m.image_id AS thing,
    m.tenant AS detail
FROM image_member AS m
WHERE m.status = 'pending' AND m.accepted_at IS NOT NULL;
