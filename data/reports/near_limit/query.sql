WITH said AS (
    SELECT
        max(CASE WHEN l.name = 'share_tenants' THEN l.value END)::BIGINT AS share_tenants,
        max(CASE WHEN l.name = 'share_tenants_full_ecs' THEN l.value END)::BIGINT AS share_tenants_full_ecs
    FROM rule_limit AS l
    WHERE l.profile = $profile
),

member AS (
    SELECT
        m.image_id,
        count(*) AS members
    FROM image_member AS m
    WHERE existed_at(m.shared_at, m.removed_at, $as_of)
    GROUP BY m.image_id
),

-- First how full, then what there is to say of those that are listed.
used AS MATERIALIZED (
    SELECT
        i.image_id,
        m.members,
        CASE WHEN i.image_type = 'full_ecs' THEN s.share_tenants_full_ecs ELSE s.share_tenants END AS most
    FROM image AS i
    INNER JOIN member AS m ON i.image_id = m.image_id
    CROSS JOIN said AS s
    WHERE
        existed_at(i.created_at, i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
),

no_further AS (
    SELECT count(*) AS images
    FROM used AS u
    WHERE u.members >= u.most
)

SELECT
    i.image_id,
    i.name,
    i.owner,
    i.region,
    i.image_type,
    u.members,
    u.most,
    u.most - u.members AS left_over,
    u.members * 100 // u.most AS used_percent,
    n.images AS full_images
FROM used AS u
INNER JOIN image AS i ON u.image_id = i.image_id
CROSS JOIN no_further AS n
WHERE u.members * 100 >= u.most * $from_percent
ORDER BY left_over, i.name, i.image_id
LIMIT $top
