WITH most_sharing AS (
    SELECT i.owner AS tenant
    FROM (
        SELECT
            m.image_id,
            count(*) AS shares
        FROM member_at($as_of) AS m
        WHERE $tenant IS NULL
        GROUP BY m.image_id
    ) AS c
    INNER JOIN image AS i ON c.image_id = i.image_id
    WHERE not_ended_at(i.deleted_at, $as_of) AND ($region IS NULL OR i.region = $region)
    GROUP BY i.owner
    ORDER BY sum(c.shares) DESC, i.owner
    LIMIT 1
),

chosen AS MATERIALIZED (
    SELECT $tenant::VARCHAR AS tenant
    WHERE $tenant IS NOT NULL
    UNION ALL
    SELECT s.tenant
    FROM most_sharing AS s
),

here AS NOT MATERIALIZED (
    SELECT
        i.image_id,
        i.owner,
        usage_is_complete(i.cloud) IS TRUE AS use_known
    FROM image AS i
    WHERE not_ended_at(i.deleted_at, $as_of) AND ($region IS NULL OR i.region = $region)
),

share AS (
    SELECT
        c.tenant AS whose,
        'out' AS direction,
        m.tenant AS other,
        m.image_id,
        m.tenant,
        m.status,
        h.use_known
    FROM chosen AS c
    INNER JOIN here AS h ON c.tenant = h.owner
    INNER JOIN member_at($as_of) AS m ON h.image_id = m.image_id
    UNION ALL
    SELECT
        c.tenant AS whose,
        'in' AS direction,
        h.owner AS other,
        m.image_id,
        m.tenant,
        m.status,
        h.use_known
    FROM chosen AS c
    INNER JOIN member_at($as_of) AS m ON c.tenant = m.tenant
    INNER JOIN here AS h ON m.image_id = h.image_id
),

counted AS (
    SELECT
        s.whose,
        s.direction,
        s.other,
        count(*) AS images,
        count(*) FILTER (WHERE s.status = 'accepted') AS accepted,
        count(*) FILTER (WHERE s.status = 'pending') AS pending,
        count(*) FILTER (WHERE s.status = 'rejected') AS rejected,
        coalesce(sum(u.servers), 0)::BIGINT AS servers,
        coalesce(sum(u.volumes), 0)::BIGINT AS disks,
        max(u.last_used_at) AS last_used_at,
        bool_and(s.use_known) AS use_known
    FROM share AS s
    LEFT JOIN image_use_at($as_of) AS u ON s.image_id = u.image_id AND s.tenant = u.tenant
    GROUP BY s.whose, s.direction, s.other
),

placed AS (
    SELECT
        c.*,
        row_number() OVER (PARTITION BY c.direction ORDER BY c.images DESC, c.other) AS place
    FROM counted AS c
)

SELECT
    p.whose AS tenant,
    p.direction,
    p.other,
    p.images,
    p.accepted,
    p.pending,
    p.rejected,
    CASE WHEN p.use_known THEN p.servers ELSE nullif(p.servers, 0) END AS servers,
    CASE WHEN p.use_known THEN p.disks ELSE nullif(p.disks, 0) END AS disks,
    p.last_used_at
FROM placed AS p
WHERE $top IS NULL OR p.place <= $top
ORDER BY p.direction DESC, p.place
