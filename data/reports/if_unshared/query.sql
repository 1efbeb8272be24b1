-- Servers, running or stopped, and disks of all images; a server is of the image that was put on it last.
WITH machine AS (
    SELECT
        p.image_id,
        s.owner AS tenant,
        s.name,
        p.server_id,
        p.state
    FROM server_span AS p
    INNER JOIN server AS s ON p.server_id = s.server_id
    WHERE existed_at(p.started_at, p.ended_at, $as_of)
),

used AS (
    SELECT
        u.image_id,
        u.tenant,
        sum(u.servers)::BIGINT AS servers,
        sum(u.running)::BIGINT AS running,
        sum(u.disks)::BIGINT AS disks
    FROM (
        SELECT
            m.image_id,
            m.tenant,
            1 AS servers,
            (m.state = 'running')::INTEGER AS running,
            0 AS disks
        FROM machine AS m
        UNION ALL
        SELECT
            v.image_id,
            v.owner AS tenant,
            0 AS servers,
            0 AS running,
            1 AS disks
        FROM volume AS v
        WHERE existed_at(v.created_at, v.deleted_at, $as_of)
    ) AS u
    GROUP BY u.image_id, u.tenant
),

listed AS (
    SELECT
        i.image_id,
        i.name,
        i.owner,
        m.tenant,
        i.region,
        m.shared_at,
        u.servers,
        u.running,
        u.disks,
        usage_is_complete(i.cloud) IS TRUE AS use_known
    FROM used AS u
    INNER JOIN image AS i ON u.image_id = i.image_id
    INNER JOIN member_at($as_of) AS m ON u.image_id = m.image_id AND u.tenant = m.tenant
    WHERE
        not_ended_at(i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region)
        AND ($tenant IS NULL OR i.owner = $tenant OR m.tenant = $tenant)
    ORDER BY u.servers DESC, u.disks DESC, i.name, m.tenant, i.image_id
    LIMIT $top
),

called AS (
    SELECT
        m.image_id,
        m.tenant,
        array_to_string(list(m.name ORDER BY m.name, m.server_id)[:5], ', ') AS server_names
    FROM machine AS m
    SEMI JOIN listed AS l ON m.image_id = l.image_id AND m.tenant = l.tenant
    GROUP BY m.image_id, m.tenant
),

copied AS (
    SELECT DISTINCT
        c.source_id AS image_id,
        c.owner AS tenant,
        c.region
    FROM image AS c
    SEMI JOIN listed AS l ON c.source_id = l.image_id AND c.owner = l.tenant
    WHERE
        c.source_kind = 'image' AND c.status = 'active'
        AND existed_at(c.created_at, c.deleted_at, $as_of)
),

on_sale AS (
    SELECT DISTINCT o.image_id
    FROM offer AS o
    WHERE existed_at(o.published_at, o.withdrawn_at, $as_of)
)

SELECT
    l.image_id,
    l.name,
    l.owner,
    l.tenant,
    l.region,
    l.shared_at,
    CASE WHEN l.use_known THEN l.servers ELSE nullif(l.servers, 0) END AS servers,
    CASE WHEN l.use_known THEN l.running ELSE nullif(l.running, 0) END AS running,
    CASE WHEN l.use_known THEN l.disks ELSE nullif(l.disks, 0) END AS disks,
    n.server_names,
    c.image_id IS NOT NULL AS own_copy,
    o.image_id IS NOT NULL AS on_sale
FROM listed AS l
LEFT JOIN called AS n ON l.image_id = n.image_id AND l.tenant = n.tenant
LEFT JOIN copied AS c ON l.image_id = c.image_id AND l.tenant = c.tenant AND l.region = c.region
LEFT JOIN on_sale AS o ON l.image_id = o.image_id
ORDER BY l.servers DESC, l.disks DESC, l.name, l.tenant, l.image_id
