-- Images that were used within these days, and whether a server or disk of them exists. All others are stale.
WITH used AS (
    SELECT
        p.image_id,
        not_ended_at(p.ended_at, $as_of) AS in_use
    FROM server_span AS p
    WHERE
        p.started_at <= $as_of
        AND not_ended_at(p.ended_at, $as_of - to_days($unused_days::INTEGER))
    UNION ALL
    SELECT
        v.image_id,
        not_ended_at(v.deleted_at, $as_of) AS in_use
    FROM volume AS v
    WHERE
        v.created_at <= $as_of
        AND not_ended_at(v.deleted_at, $as_of - to_days($unused_days::INTEGER))
    UNION ALL
    SELECT
        c.source_id AS image_id,
        FALSE AS in_use
    FROM image AS c
    WHERE
        c.source_kind = 'image'
        AND c.created_at <= $as_of AND c.created_at > $as_of - to_days($unused_days::INTEGER)
    UNION ALL
    SELECT
        l.image_id,
        FALSE AS in_use
    FROM action_log AS l
    WHERE
        l.action = 'export_image' AND l.outcome = 'done'
        AND l.requested_at <= $as_of AND l.requested_at > $as_of - to_days($unused_days::INTEGER)
    UNION ALL
    SELECT
        m.image_id,
        FALSE AS in_use
    FROM image_member AS m
    WHERE
        m.shared_at <= $as_of
        AND (
            m.shared_at > $as_of - to_days($unused_days::INTEGER)
            OR (m.accepted_at <= $as_of AND m.accepted_at > $as_of - to_days($unused_days::INTEGER))
        )
),

last_use AS (
    SELECT
        u.image_id,
        bool_or(u.in_use) AS in_use
    FROM used AS u
    GROUP BY u.image_id
),

on_sale AS (
    SELECT DISTINCT o.image_id
    FROM offer AS o
    WHERE existed_at(o.published_at, o.withdrawn_at, $as_of)
),

-- What speaks for deletion: the first reason that holds. An image without known users is not stale, and not to be
-- deleted either, where not all servers and disks of the cloud are known.
existing AS (
    SELECT
        i.image_id,
        i.owner,
        i.region,
        i.checksum,
        i.encrypted,
        i.kms_key_id,
        i.blob,
        i.size_bytes,
        i.created_at,
        i.protected,
        i.visibility = 'public' AS is_public,
        o.image_id IS NOT NULL AND i.visibility <> 'public' AS on_sale,
        coalesce(u.in_use, FALSE) AS in_use,
        usage_is_complete(i.cloud) IS NOT TRUE AND u.in_use IS NOT TRUE AS use_unknown,
        u.image_id IS NULL AND i.created_at <= $as_of - to_days($unused_days::INTEGER) AS seems_stale,
        CASE
            WHEN seems_stale AND usage_is_complete(i.cloud) THEN 1
            WHEN i.deprecated_at <= $as_of THEN 2
            WHEN i.status <> 'active' THEN 3
        END AS reason
    FROM image AS i
    LEFT JOIN last_use AS u ON i.image_id = u.image_id
    LEFT JOIN on_sale AS o ON i.image_id = o.image_id
    WHERE
        existed_at(i.created_at, i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region)
),

-- Of the others, those that have the content of another one of the owner's in the region. The one that is used, cannot
-- be deleted or is the oldest stays.
alike AS (
    SELECT
        e.checksum,
        e.owner,
        e.region
    FROM existing AS e
    WHERE e.reason IS NULL AND e.checksum IS NOT NULL
    GROUP BY e.checksum, e.owner, e.region
    HAVING count(*) > 1
),

numbered AS (
    SELECT
        e.image_id,
        row_number() OVER (
            PARTITION BY e.owner, e.region, e.checksum, e.encrypted, e.kms_key_id
            ORDER BY e.in_use DESC, e.protected OR e.on_sale OR e.is_public DESC, e.created_at, e.image_id
        ) AS place
    FROM existing AS e
    SEMI JOIN alike AS a ON e.checksum = a.checksum AND e.owner = a.owner AND e.region = a.region
    WHERE e.reason IS NULL
),

judged AS (
    SELECT
        e.image_id,
        e.region,
        e.blob,
        e.size_bytes,
        e.protected,
        e.is_public,
        e.on_sale,
        e.in_use,
        e.use_unknown,
        e.seems_stale AND e.use_unknown AND ($tenant IS NULL OR e.owner = $tenant) AS perhaps_stale,
        CASE WHEN $tenant IS NULL OR e.owner = $tenant THEN coalesce(e.reason, CASE WHEN n.place > 1 THEN 4 END) END
            AS reason,
        e.protected OR e.is_public OR e.on_sale OR e.in_use OR e.use_unknown AS blocked
    FROM existing AS e
    LEFT JOIN numbered AS n ON e.image_id = n.image_id
),

-- What stays in store, region by region: what servers, disks, backups and the images that stay are kept in.
held AS (
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
    UNION ALL
    SELECT
        j.region,
        j.blob
    FROM judged AS j
    WHERE j.reason IS NULL OR j.blocked
),

-- A file that several images hold leaves with the last of them. One that is kept elsewhere has no blob and is the
-- image's own.
file AS (
    SELECT
        j.region,
        coalesce(j.blob, j.image_id) AS blob,
        max(j.size_bytes) AS size_bytes,
        max(j.reason) AS reason
    FROM judged AS j
    ANTI JOIN held AS h ON j.region = h.region AND j.blob = h.blob
    WHERE j.reason IS NOT NULL AND NOT j.blocked
    GROUP BY j.region, coalesce(j.blob, j.image_id)
),

freed AS (
    SELECT
        f.reason,
        sum(f.size_bytes) AS freed_bytes
    FROM file AS f
    GROUP BY f.reason
),

counted AS (
    SELECT
        j.reason,
        count(*) AS images,
        sum(j.size_bytes) AS size_bytes,
        count(*) FILTER (WHERE NOT j.blocked) AS deletable,
        sum(j.size_bytes) FILTER (WHERE NOT j.blocked) AS deletable_bytes,
        count(*) FILTER (WHERE j.blocked) AS blocked,
        count(*) FILTER (WHERE j.protected) AS protected,
        count(*) FILTER (WHERE j.is_public) AS is_public,
        count(*) FILTER (WHERE j.on_sale) AS on_sale,
        count(*) FILTER (WHERE j.in_use) AS in_use,
        count(*) FILTER (WHERE j.use_unknown) AS use_unknown
    FROM judged AS j
    WHERE j.reason IS NOT NULL
    GROUP BY j.reason
),

left_out AS (
    SELECT count(*) AS images
    FROM judged AS j
    WHERE j.perhaps_stale
)

SELECT
    r.word AS reason,
    coalesce(c.images, 0) AS images,
    coalesce(c.size_bytes, 0)::BIGINT AS size_bytes,
    coalesce(c.deletable, 0) AS deletable,
    coalesce(c.deletable_bytes, 0)::BIGINT AS deletable_bytes,
    coalesce(f.freed_bytes, 0)::BIGINT AS freed_bytes,
    coalesce(c.blocked, 0) AS blocked,
    coalesce(c.protected, 0) AS protected,
    coalesce(c.is_public, 0) AS public_images,
    coalesce(c.on_sale, 0) AS on_sale,
    coalesce(c.in_use, 0) AS in_use,
    CASE WHEN r.reason = 1 THEN l.images ELSE coalesce(c.use_unknown, 0) END AS use_unknown
FROM (VALUES (1, 'stale'), (2, 'superseded'), (3, 'not usable'), (4, 'duplicate')) AS r (reason, word)
LEFT JOIN counted AS c ON r.reason = c.reason
LEFT JOIN freed AS f ON r.reason = f.reason
CROSS JOIN left_out AS l
ORDER BY r.reason
