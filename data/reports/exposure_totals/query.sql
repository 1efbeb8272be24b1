WITH here AS MATERIALIZED (
    SELECT
        i.image_id,
        i.owner,
        i.image_type,
        i.kind,
        i.encrypted,
        i.members,
        usage_is_complete(i.cloud) IS TRUE AS use_known
    FROM image_at($as_of) AS i
    WHERE ($tenant IS NULL OR i.owner = $tenant) AND ($region IS NULL OR i.region = $region)
),

most_sharing AS (
    SELECT h.owner AS tenant
    FROM here AS h
    WHERE h.members > 0 AND $tenant IS NULL
    GROUP BY h.owner
    ORDER BY sum(h.members) DESC, h.owner
    LIMIT 1
),

chosen AS MATERIALIZED (
    SELECT $tenant::VARCHAR AS tenant
    WHERE $tenant IS NOT NULL
    UNION ALL
    SELECT s.tenant
    FROM most_sharing AS s
),

said AS (
    SELECT
        max(CASE WHEN l.name = 'share_tenants' THEN l.value END)::BIGINT AS share_tenants,
        max(CASE WHEN l.name = 'share_tenants_full_ecs' THEN l.value END)::BIGINT AS share_tenants_full_ecs
    FROM rule_limit AS l
    WHERE l.profile = $profile
),

own AS MATERIALIZED (
    SELECT
        h.image_id,
        h.kind,
        h.encrypted,
        h.members,
        h.use_known,
        CASE WHEN h.image_type = 'full_ecs' THEN s.share_tenants_full_ecs ELSE s.share_tenants END AS most
    FROM here AS h
    INNER JOIN chosen AS c ON h.owner = c.tenant
    CROSS JOIN said AS s
),

own_counted AS (
    SELECT
        count(*) AS images,
        count(*) FILTER (WHERE o.kind = 'private') AS private_images,
        count(*) FILTER (WHERE o.kind = 'shared') AS shared_images,
        count(*) FILTER (WHERE o.kind = 'marketplace') AS marketplace_images,
        count(*) FILTER (WHERE o.kind = 'public') AS public_images,
        count(*) FILTER (WHERE o.kind <> 'private') AS open_images,
        count(*) FILTER (WHERE o.encrypted) AS encrypted_images,
        count(*) FILTER (WHERE o.members > 0 AND o.members * 100 >= o.most * $from_percent) AS near_limit,
        count(*) FILTER (WHERE NOT o.use_known) AS use_unknown
    FROM own AS o
),

share_out AS MATERIALIZED (
    SELECT
        m.image_id,
        m.tenant,
        CASE WHEN m.status = 'pending' THEN m.shared_at END AS pending_since
    FROM member_at($as_of) AS m
    INNER JOIN own AS o ON m.image_id = o.image_id
),

share_in AS MATERIALIZED (
    SELECT
        m.image_id,
        i.owner,
        usage_is_complete(i.cloud) IS TRUE AS use_known,
        CASE WHEN m.status = 'pending' THEN m.shared_at END AS pending_since
    FROM member_at($as_of) AS m
    INNER JOIN chosen AS c ON m.tenant = c.tenant
    INNER JOIN image AS i ON m.image_id = i.image_id
    WHERE not_ended_at(i.deleted_at, $as_of) AND ($region IS NULL OR i.region = $region)
),

out_counted AS (
    SELECT
        count(*) AS shares,
        count(DISTINCT s.tenant) AS recipients,
        date_diff('day', min(s.pending_since), $as_of) AS pending_days
    FROM share_out AS s
),

in_counted AS (
    SELECT
        count(*) AS shares,
        count(DISTINCT s.owner) AS sharers,
        count(*) FILTER (WHERE NOT s.use_known) AS use_unknown,
        date_diff('day', min(s.pending_since), $as_of) AS pending_days
    FROM share_in AS s
),

machine AS (
    SELECT
        p.image_id,
        s.owner
    FROM server_span AS p
    INNER JOIN server AS s ON p.server_id = s.server_id
    WHERE
        existed_at(p.started_at, p.ended_at, $as_of)
        AND ($region IS NULL OR s.region = $region)
),

on_sale AS (
    SELECT DISTINCT o.image_id
    FROM offer AS o
    WHERE existed_at(o.published_at, o.withdrawn_at, $as_of)
),

server_of_own AS (
    SELECT
        i.owner AS image_owner,
        CASE
            WHEN i.owner = m.owner THEN 'own'
            WHEN i.image_id IS NULL OR i.deleted_at <= $as_of THEN 'lost'
            WHEN i.visibility = 'public' THEN 'public'
            WHEN o.image_id IS NOT NULL THEN 'marketplace'
            WHEN s.image_id IS NOT NULL THEN 'shared'
            ELSE 'lost'
        END AS way
    FROM machine AS m
    INNER JOIN chosen AS c ON m.owner = c.tenant
    LEFT JOIN image AS i ON m.image_id = i.image_id
    LEFT JOIN on_sale AS o ON m.image_id = o.image_id
    LEFT JOIN share_in AS s ON m.image_id = s.image_id
),

server_counted AS (
    SELECT
        count(*) AS servers,
        count(*) FILTER (WHERE s.way = 'shared') AS on_shared,
        count(*) FILTER (WHERE s.way = 'marketplace') AS on_marketplace,
        count(*) FILTER (WHERE s.way = 'public') AS on_public,
        count(*) FILTER (WHERE s.way = 'lost') AS on_lost,
        count(DISTINCT s.image_owner) FILTER (WHERE s.way <> 'own') AS relied_on
    FROM server_of_own AS s
),

others_counted AS (
    SELECT
        count(*) AS servers,
        count(s.image_id) AS servers_shared
    FROM machine AS m
    INNER JOIN own AS o ON m.image_id = o.image_id
    ANTI JOIN chosen AS c ON m.owner = c.tenant
    LEFT JOIN share_out AS s ON m.image_id = s.image_id AND m.owner = s.tenant
),

-- Whether all servers are known that could be on its own images, on images shared with it, and on any that it can use.
known AS (
    SELECT
        o.use_unknown = 0 AS on_own,
        n.use_unknown = 0 AS on_shared,
        o.use_unknown + n.use_unknown = 0 AND count(i.image_id) = 0 AS on_any
    FROM own_counted AS o
    CROSS JOIN in_counted AS n
    LEFT JOIN image AS i
        ON
            usage_is_complete(i.cloud) IS NOT TRUE AND i.visibility IN ('public', 'marketplace')
            AND existed_at(i.created_at, i.deleted_at, $as_of)
            AND ($region IS NULL OR i.region = $region)
    GROUP BY o.use_unknown, n.use_unknown
)

SELECT
    c.tenant,
    o.* EXCLUDE (use_unknown),
    u.shares AS shares_out,
    u.recipients,
    u.pending_days AS longest_pending_out_days,
    n.shares AS shares_in,
    n.sharers,
    n.pending_days AS longest_pending_in_days,
    CASE WHEN k.on_any THEN s.servers ELSE nullif(s.servers, 0) END AS servers,
    CASE WHEN k.on_shared THEN s.on_shared ELSE nullif(s.on_shared, 0) END AS servers_on_shared,
    CASE WHEN k.on_any THEN s.on_marketplace ELSE nullif(s.on_marketplace, 0) END AS servers_on_marketplace,
    CASE WHEN k.on_any THEN s.on_public ELSE nullif(s.on_public, 0) END AS servers_on_public,
    CASE WHEN k.on_any THEN s.on_lost ELSE nullif(s.on_lost, 0) END AS servers_on_lost,
    CASE WHEN k.on_any THEN s.relied_on ELSE nullif(s.relied_on, 0) END AS relied_on,
    CASE WHEN k.on_own THEN t.servers ELSE nullif(t.servers, 0) END AS others_servers,
    CASE WHEN k.on_own THEN t.servers_shared ELSE nullif(t.servers_shared, 0) END AS others_servers_shared,
    o.use_unknown + n.use_unknown AS use_unknown
FROM chosen AS c
CROSS JOIN own_counted AS o
CROSS JOIN out_counted AS u
CROSS JOIN in_counted AS n
CROSS JOIN server_counted AS s
CROSS JOIN others_counted AS t
CROSS JOIN known AS k
