WITH use AS MATERIALIZED (
    SELECT * FROM image_use_at($as_of)
),

tally AS (
    SELECT
        u.image_id,
        count(*) AS tenants,
        sum(u.servers)::BIGINT AS servers,
        sum(u.volumes)::BIGINT AS disks,
        sum(u.copies)::BIGINT AS copies,
        sum(u.exports)::BIGINT AS exports,
        max(u.last_used_at) AS last_used_at
    FROM use AS u
    GROUP BY u.image_id
),

unused AS (
    SELECT
        i.image_id,
        t.tenants,
        t.servers,
        t.disks,
        t.copies,
        t.exports,
        t.last_used_at
    FROM image AS i
    ANTI JOIN use AS u ON i.image_id = u.image_id AND i.owner = u.tenant
    LEFT JOIN tally AS t ON i.image_id = t.image_id
    WHERE
        i.visibility <> 'public'
        AND usage_is_complete(i.cloud)
        AND existed_at(i.created_at, i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
    ORDER BY t.tenants DESC NULLS LAST, t.servers DESC NULLS LAST, i.size_bytes DESC NULLS LAST, i.image_id
    LIMIT $top
),

-- Who uses each of these images: the three with most servers and disks by their names, the others by their number.
named AS (
    SELECT
        u.image_id,
        u.tenant,
        row_number() OVER (PARTITION BY u.image_id ORDER BY u.servers + u.volumes DESC, u.tenant) AS place
    FROM use AS u
    WHERE u.image_id IN (SELECT n.image_id FROM unused AS n)
),

known AS (
    SELECT
        u.image_id,
        string_agg(u.tenant, ', ' ORDER BY u.place) FILTER (WHERE u.place <= 3) AS names,
        count(*) FILTER (WHERE u.place > 3) AS more
    FROM named AS u
    GROUP BY u.image_id
),

member AS (
    SELECT
        m.image_id,
        count(*) AS members
    FROM image_member AS m
    WHERE
        m.image_id IN (SELECT n.image_id FROM unused AS n)
        AND existed_at(m.shared_at, m.removed_at, $as_of)
    GROUP BY m.image_id
),

on_sale AS (
    SELECT DISTINCT o.image_id
    FROM offer AS o
    WHERE existed_at(o.published_at, o.withdrawn_at, $as_of)
)

SELECT
    i.image_id,
    i.name,
    i.owner,
    i.region,
    CASE
        WHEN o.image_id IS NOT NULL THEN 'marketplace'
        WHEN m.members > 0 THEN 'shared'
        ELSE 'private'
    END AS kind,
    i.size_bytes,
    i.created_at,
    date_diff('day', i.created_at, $as_of) AS age_days,
    coalesce(m.members, 0) AS members,
    CASE WHEN k.more > 0 THEN k.names || ' and ' || k.more || ' more' ELSE coalesce(k.names, 'nobody') END AS used_by,
    coalesce(n.tenants, 0) AS tenants,
    coalesce(n.servers, 0) AS servers,
    coalesce(n.disks, 0) AS disks,
    coalesce(n.copies, 0) AS copies,
    coalesce(n.exports, 0) AS exports,
    n.last_used_at
FROM unused AS n
INNER JOIN image AS i ON n.image_id = i.image_id
LEFT JOIN known AS k ON i.image_id = k.image_id
LEFT JOIN member AS m ON i.image_id = m.image_id
LEFT JOIN on_sale AS o ON i.image_id = o.image_id
ORDER BY n.tenants DESC NULLS LAST, n.servers DESC NULLS LAST, i.size_bytes DESC NULLS LAST, i.image_id
