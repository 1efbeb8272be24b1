WITH used AS (
    SELECT
        u.image_id,
        u.tenant,
        sum(u.servers) AS servers,
        sum(u.running) AS running,
        sum(u.disks) AS disks
    FROM (
        SELECT
            p.image_id,
            s.owner AS tenant,
            1 AS servers,
            (p.state = 'running')::INTEGER AS running,
            0 AS disks
        FROM server_span AS p
        INNER JOIN server AS s ON p.server_id = s.server_id
        WHERE existed_at(p.started_at, p.ended_at, $as_of)
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

shared AS (
    SELECT
        i.image_id,
        i.owner,
        i.region,
        m.tenant,
        u.servers,
        u.running,
        u.disks
    FROM used AS u
    INNER JOIN image AS i ON u.image_id = i.image_id
    INNER JOIN member_at($as_of) AS m ON u.image_id = m.image_id AND u.tenant = m.tenant
    WHERE
        not_ended_at(i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region)
        AND ($tenant IS NULL OR i.owner = $tenant OR m.tenant = $tenant)
),

-- Where the recipient could go on with the image, or with a copy of it.
kept AS (
    SELECT
        c.source_id AS image_id,
        c.owner AS tenant,
        c.region
    FROM image AS c
    WHERE
        c.source_kind = 'image' AND c.status = 'active'
        AND existed_at(c.created_at, c.deleted_at, $as_of)
),

on_sale AS (
    SELECT o.image_id
    FROM offer AS o
    WHERE existed_at(o.published_at, o.withdrawn_at, $as_of)
),

lost AS (
    SELECT s.*
    FROM shared AS s
    ANTI JOIN kept AS k ON s.image_id = k.image_id AND s.tenant = k.tenant AND s.region = k.region
    ANTI JOIN on_sale AS o ON s.image_id = o.image_id
),

-- Shares of which it is not known whether the recipient has servers or disks of the image.
unobserved AS (
    SELECT count(*) AS shares
    FROM image AS i
    INNER JOIN member_at($as_of) AS m ON i.image_id = m.image_id
    ANTI JOIN used AS u ON m.image_id = u.image_id AND m.tenant = u.tenant
    WHERE
        usage_is_complete(i.cloud) IS NOT TRUE
        AND not_ended_at(i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region)
        AND ($tenant IS NULL OR i.owner = $tenant OR m.tenant = $tenant)
),

counted AS (
    SELECT
        count(*) AS shares,
        count(DISTINCT s.image_id) AS images,
        count(DISTINCT s.owner) AS owners,
        count(DISTINCT s.tenant) AS recipients,
        coalesce(sum(s.servers), 0)::BIGINT AS servers,
        coalesce(sum(s.running), 0)::BIGINT AS running,
        coalesce(sum(s.disks), 0)::BIGINT AS disks
    FROM shared AS s
),

lost_counted AS (
    SELECT
        count(*) AS shares,
        coalesce(sum(l.servers), 0)::BIGINT AS servers
    FROM lost AS l
)

SELECT
    CASE WHEN u.shares = 0 THEN c.shares ELSE nullif(c.shares, 0) END AS shares,
    CASE WHEN u.shares = 0 THEN c.images ELSE nullif(c.images, 0) END AS images,
    CASE WHEN u.shares = 0 THEN c.owners ELSE nullif(c.owners, 0) END AS owners,
    CASE WHEN u.shares = 0 THEN c.recipients ELSE nullif(c.recipients, 0) END AS recipients,
    CASE WHEN u.shares = 0 THEN c.servers ELSE nullif(c.servers, 0) END AS servers,
    CASE WHEN u.shares = 0 THEN c.running ELSE nullif(c.running, 0) END AS running,
    CASE WHEN u.shares = 0 THEN c.disks ELSE nullif(c.disks, 0) END AS disks,
    CASE WHEN u.shares = 0 THEN l.shares ELSE nullif(l.shares, 0) END AS lost_shares,
    CASE WHEN u.shares = 0 THEN l.servers ELSE nullif(l.servers, 0) END AS lost_servers,
    u.shares AS use_unknown
FROM counted AS c
CROSS JOIN lost_counted AS l
CROSS JOIN unobserved AS u
