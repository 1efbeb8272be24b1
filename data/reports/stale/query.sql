-- Images of clouds on which not all servers and disks are known are left out: nobody knows that they are unused.
-- Every use of every image. A server or disk uses its image for as long as it exists; to share an image, or to accept
-- it, is to use it, also where the share has ended since.
WITH use AS NOT MATERIALIZED (
    SELECT
        p.image_id,
        'server' AS what,
        p.server_id AS thing,
        not_ended_at(p.ended_at, $as_of) AS lasts,
        p.ended_at AS used_at
    FROM server_span AS p
    WHERE p.started_at <= $as_of
    UNION ALL
    SELECT
        v.image_id,
        'disk' AS what,
        v.owner AS thing,
        not_ended_at(v.deleted_at, $as_of) AS lasts,
        v.deleted_at AS used_at
    FROM volume AS v
    WHERE v.created_at <= $as_of
    UNION ALL
    SELECT
        c.source_id AS image_id,
        'copy' AS what,
        c.owner AS thing,
        FALSE AS lasts,
        c.created_at AS used_at
    FROM image AS c
    WHERE c.source_kind = 'image' AND c.created_at <= $as_of
    UNION ALL
    SELECT
        l.image_id,
        'export' AS what,
        l.actor AS thing,
        FALSE AS lasts,
        l.requested_at AS used_at
    FROM action_log AS l
    WHERE l.action = 'export_image' AND l.outcome = 'done' AND l.requested_at <= $as_of
    UNION ALL
    SELECT
        m.image_id,
        'share' AS what,
        CASE WHEN m.accepted_at <= $as_of THEN m.tenant END AS thing,
        FALSE AS lasts,
        CASE WHEN m.accepted_at <= $as_of THEN m.accepted_at ELSE m.shared_at END AS used_at
    FROM image_member AS m
    WHERE m.shared_at <= $as_of
),

last_use AS (
    SELECT
        u.image_id,
        bool_or(u.lasts) AS in_use,
        max(u.used_at) AS used_at
    FROM use AS u
    GROUP BY u.image_id
),

stale AS (
    SELECT
        i.image_id,
        i.size_bytes,
        i.region,
        i.blob,
        greatest(i.created_at, l.used_at) AS used_at
    FROM image AS i
    LEFT JOIN last_use AS l ON i.image_id = l.image_id
    WHERE
        ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
        AND not_ended_at(i.deleted_at, $as_of)
        AND i.created_at <= $as_of - to_days($unused_days::INTEGER)
        AND (l.used_at IS NULL OR l.used_at <= $as_of - to_days($unused_days::INTEGER))
        AND l.in_use IS NOT TRUE
        AND usage_is_complete(i.cloud)
    ORDER BY greatest(i.created_at, l.used_at), i.size_bytes DESC NULLS LAST, i.image_id
    LIMIT $top
),

-- What the last use was, and whose; an image that nobody has used was made by its owner.
last_used AS (
    SELECT
        s.image_id,
        u.what,
        coalesce(v.owner, u.thing) AS tenant
    FROM stale AS s
    INNER JOIN use AS u ON s.image_id = u.image_id AND s.used_at = u.used_at
    LEFT JOIN server AS v ON u.what = 'server' AND u.thing = v.server_id
    QUALIFY row_number() OVER (PARTITION BY s.image_id ORDER BY u.what DESC, coalesce(v.owner, u.thing)) = 1
),

member AS (
    SELECT
        m.image_id,
        count(*) AS members
    FROM image_member AS m
    WHERE
        m.image_id IN (SELECT s.image_id FROM stale AS s)
        AND existed_at(m.shared_at, m.removed_at, $as_of)
    GROUP BY m.image_id
),

on_sale AS (
    SELECT DISTINCT o.image_id
    FROM offer AS o
    WHERE existed_at(o.published_at, o.withdrawn_at, $as_of)
),

-- By how many images, servers, disks and backups of a region the files of these images are held.
held AS (
    SELECT
        h.region,
        h.blob,
        count(*) AS holders
    FROM (
        SELECT
            i.region,
            i.blob
        FROM image AS i
        WHERE existed_at(i.created_at, i.deleted_at, $as_of)
        UNION ALL
        SELECT
            s.region,
            s.blob
        FROM server AS s
        WHERE existed_at(s.created_at, s.deleted_at, $as_of)
        UNION ALL
        SELECT
            v.region,
            v.blob
        FROM volume AS v
        WHERE existed_at(v.created_at, v.deleted_at, $as_of)
        UNION ALL
        SELECT
            b.region,
            b.blob
        FROM backup AS b
        WHERE b.created_at <= $as_of
    ) AS h
    WHERE h.blob IN (SELECT s.blob FROM stale AS s)
    GROUP BY h.region, h.blob
),

described AS (
    SELECT
        i.*,
        s.used_at,
        coalesce(l.what, 'made') AS last_use,
        coalesce(l.tenant, i.owner) AS last_used_by,
        coalesce(m.members, 0) AS members,
        CASE
            WHEN i.visibility = 'public' THEN 'public'
            WHEN o.image_id IS NOT NULL THEN 'marketplace'
            WHEN m.members > 0 THEN 'shared'
            ELSE 'private'
        END AS kind,
        i.blob IS NULL OR h.holders = 1 AS alone
    FROM stale AS s
    INNER JOIN image AS i ON s.image_id = i.image_id
    LEFT JOIN last_used AS l ON s.image_id = l.image_id
    LEFT JOIN member AS m ON s.image_id = m.image_id
    LEFT JOIN on_sale AS o ON s.image_id = o.image_id
    LEFT JOIN held AS h ON s.region = h.region AND s.blob = h.blob
)

SELECT
    d.image_id,
    d.name,
    d.owner,
    d.region,
    d.kind,
    d.size_bytes,
    d.used_at AS last_used_at,
    date_sub('day', d.used_at, $as_of) AS unused_days,
    d.last_use,
    d.last_used_by,
    d.members,
    d.protected,
    NOT d.protected AND d.kind NOT IN ('public', 'marketplace') AS deletable,
    concat_ws(
        ', ',
        CASE WHEN d.protected THEN 'protected' END,
        CASE d.kind WHEN 'public' THEN 'public' WHEN 'marketplace' THEN 'on sale' END,
        CASE
            WHEN d.members = 1 THEN 'shared with 1 tenant'
            WHEN d.members > 1 THEN 'shared with ' || d.members || ' tenants'
        END
    ) AS in_the_way,
    CASE WHEN d.alone THEN d.size_bytes ELSE 0 END AS freed_bytes,
    d.created_at
FROM described AS d
ORDER BY d.used_at, d.size_bytes DESC NULLS LAST, d.image_id
