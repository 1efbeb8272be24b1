-- Which shares are listed is found out with as little as that takes; the rest is looked up for these, not for millions.
WITH listed AS (
    SELECT
        m.image_id,
        m.tenant,
        u.last_used_at,
        greatest(m.shared_at, u.last_used_at) AS idle_since
    FROM member_at($as_of) AS m
    INNER JOIN image AS i ON m.image_id = i.image_id
    LEFT JOIN image_use_at($as_of) AS u ON m.image_id = u.image_id AND m.tenant = u.tenant
    WHERE
        m.shared_at <= $as_of - to_days($unused_days::INTEGER)
        AND (
            u.image_id IS NULL
            OR (u.servers + u.volumes = 0 AND u.last_used_at <= $as_of - to_days($unused_days::INTEGER))
        )
        AND not_ended_at(i.deleted_at, $as_of)
        AND usage_is_complete(i.cloud)
        AND ($region IS NULL OR i.region = $region)
        AND ($tenant IS NULL OR i.owner = $tenant OR m.tenant = $tenant)
    ORDER BY idle_since, m.image_id, m.tenant
    LIMIT $top
),

share AS (
    SELECT
        m.image_id,
        m.tenant,
        m.status,
        m.shared_at,
        count(*) OVER (PARTITION BY m.image_id) AS members
    FROM member_at($as_of) AS m
    WHERE m.image_id IN (SELECT l.image_id FROM listed AS l)
)

SELECT
    i.image_id,
    i.name,
    i.owner,
    l.tenant,
    i.region,
    s.status,
    s.shared_at,
    CASE WHEN l.last_used_at IS NULL THEN 'never' ELSE 'no longer' END AS used,
    l.last_used_at,
    date_diff('day', l.idle_since, $as_of) AS unused_days,
    s.members
FROM listed AS l
INNER JOIN share AS s ON l.image_id = s.image_id AND l.tenant = s.tenant
INNER JOIN image AS i ON l.image_id = i.image_id
ORDER BY l.idle_since, l.image_id, l.tenant
