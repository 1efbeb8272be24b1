-- inputs: number_asked
WITH said AS (
    SELECT
        max(CASE WHEN n.name = 'share_tenants' THEN n.value_then END)::BIGINT AS share_tenants,
        max(CASE WHEN n.name = 'share_tenants_full_ecs' THEN n.value_then END)::BIGINT AS share_tenants_full_ecs
    FROM number_asked AS n
),

full_image AS (
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
    f.image_id,
    f.name,
    f.owner,
    f.region,
    f.image_type,
    f.members,
    f.most,
    f.members - f.most AS beyond,
    count(*) OVER () AS images,
    (sum(f.members - f.most) OVER ())::BIGINT AS all_beyond
FROM full_image AS f
WHERE f.members > f.most
ORDER BY beyond DESC, f.name, f.image_id
LIMIT $top
