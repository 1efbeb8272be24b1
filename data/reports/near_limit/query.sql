WITH said AS (
    SELECT
        max(CASE WHEN l.name = 'share_tenants' THEN l.value END)::BIGINT AS share_tenants,
        max(CASE WHEN l.name = 'share_tenants_full_ecs' THEN l.value END)::BIGINT AS share_tenants_full_ecs
    FROM rule_limit AS l
    WHERE l.profile = $profile
),

shared AS (
    SELECT
        i.image_id,
        i.name,
        i.owner,
        i.region,
        i.image_type,
        i.members,
        CASE WHEN i.image_type = 'full_ecs' THEN s.share_tenants_full_ecs ELSE s.share_tenants END AS most
    FROM image_at($as_of) AS i
    CROSS JOIN said AS s
    WHERE i.members > 0 AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
)

SELECT
    s.image_id,
    s.name,
    s.owner,
    s.region,
    s.image_type,
    s.members,
    s.most,
    s.most - s.members AS left_over,
    s.members * 100 // s.most AS used_percent
FROM shared AS s
WHERE s.members * 100 >= s.most * $from_percent
ORDER BY left_over, s.name, s.image_id
LIMIT $top
