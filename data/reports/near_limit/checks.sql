SELECT
    'an image is shared with more tenants than any profile allows' AS problem,
    m.image_id AS thing,
    count(*)::VARCHAR AS detail
FROM image_member AS m
WHERE m.removed_at IS NULL
GROUP BY m.image_id
HAVING count(*) > (
    SELECT max(l.value::BIGINT)
    FROM rule_limit AS l
    WHERE l.name IN ('share_tenants', 'share_tenants_full_ecs')
);
