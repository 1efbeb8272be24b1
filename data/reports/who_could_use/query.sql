WITH here AS (
    SELECT
        i.image_id,
        i.name,
        i.owner,
        i.region,
        i.visibility,
        i.status,
        i.created_at,
        i.deleted_at,
        usage_is_complete(i.cloud) AS use_known
    FROM image AS i
    WHERE existed_at(i.created_at, i.deleted_at, $as_of)
),

-- Each way to be meant by itself: so few images are expected, and the millions of shares are looked through for them.
meant AS (
    SELECT i.image_id
    FROM image AS i
    WHERE i.image_id = $image
    UNION
    SELECT i.image_id
    FROM image AS i
    WHERE i.name = $image
    UNION
    (
        SELECT h.image_id
        FROM here AS h
        INNER JOIN (
            SELECT
                m.image_id,
                count(*) AS members
            FROM member_at($as_of) AS m
            WHERE $image IS NULL
            GROUP BY m.image_id
        ) AS c ON h.image_id = c.image_id
        ORDER BY c.members DESC, h.image_id
        LIMIT 1
    )
),

asked AS MATERIALIZED (
    SELECT h.*
    FROM here AS h
    INNER JOIN meant AS m ON h.image_id = m.image_id
),

-- Images were active when they were made; the last action before the moment says what became of that, or else the
-- first one after it says what it changed. Where no action is recorded, and the image is not deleted, today's status.
turn AS (
    SELECT
        l.image_id,
        max_by(l.action, (l.requested_at, l.action_id)) FILTER (WHERE l.requested_at <= $as_of) AS before,
        min_by(l.action, (l.requested_at, l.action_id)) FILTER (WHERE l.requested_at > $as_of) AS after
    FROM action_log AS l
    WHERE
        l.action IN ('deactivate_image', 'reactivate_image') AND l.outcome = 'done'
        AND l.image_id IN (SELECT a.image_id FROM asked AS a)
    GROUP BY l.image_id
),

told AS (
    SELECT
        a.*,
        CASE
            WHEN t.before = 'deactivate_image' OR (t.before IS NULL AND t.after = 'reactivate_image') THEN 'deactivated'
            WHEN t.image_id IS NOT NULL OR a.status = 'deleted' THEN 'active'
            ELSE a.status
        END AS status_then
    FROM asked AS a
    LEFT JOIN turn AS t ON a.image_id = t.image_id
),

way AS (
    SELECT
        a.image_id,
        a.owner AS tenant,
        'owner' AS way,
        0 AS place,
        NULL AS member_status,
        a.created_at AS since,
        a.deleted_at AS until
    FROM asked AS a
    UNION ALL
    SELECT
        a.image_id,
        NULL AS tenant,
        'public' AS way,
        1 AS place,
        NULL AS member_status,
        a.created_at AS since,
        a.deleted_at AS until
    FROM asked AS a
    WHERE a.visibility = 'public'
    UNION ALL
    SELECT
        a.image_id,
        NULL AS tenant,
        'on sale' AS way,
        1 AS place,
        NULL AS member_status,
        min(o.published_at) AS since,
        max(least(o.withdrawn_at, a.deleted_at)) AS until
    FROM asked AS a
    INNER JOIN offer AS o ON a.image_id = o.image_id
    WHERE existed_at(o.published_at, o.withdrawn_at, $as_of)
    GROUP BY a.image_id
    UNION ALL
    SELECT
        a.image_id,
        m.tenant,
        'shared' AS way,
        2 AS place,
        m.status AS member_status,
        m.shared_at AS since,
        least(r.removed_at, a.deleted_at) AS until
    FROM asked AS a
    INNER JOIN member_at($as_of) AS m ON a.image_id = m.image_id
    INNER JOIN image_member AS r
        ON
            m.image_id = r.image_id AND m.tenant = r.tenant AND m.shared_at = r.shared_at
            AND not_ended_at(r.removed_at, $as_of)
),

machine AS (
    SELECT
        p.image_id,
        s.owner,
        count(*) AS servers
    FROM server_span AS p
    INNER JOIN server AS s ON p.server_id = s.server_id
    WHERE
        existed_at(p.started_at, p.ended_at, $as_of)
        AND p.image_id IN (SELECT a.image_id FROM asked AS a)
    GROUP BY p.image_id, s.owner
),

-- Who has no row of his own is one of all the others.
used AS (
    SELECT
        m.image_id,
        w.tenant,
        sum(m.servers) AS servers
    FROM machine AS m
    LEFT JOIN way AS w ON m.image_id = w.image_id AND m.owner = w.tenant
    GROUP BY m.image_id, w.tenant
)

SELECT
    t.image_id,
    t.name,
    t.owner,
    t.region,
    coalesce(w.tenant, 'all tenants') AS tenant,
    w.way,
    w.member_status,
    w.since,
    w.until,
    t.status_then = 'active' AS could_use,
    CASE WHEN t.status_then <> 'active' THEN 'the image was ' || t.status_then END AS why_not,
    coalesce(u.servers, CASE WHEN t.use_known THEN 0 END)::BIGINT AS servers
FROM told AS t
INNER JOIN way AS w ON t.image_id = w.image_id
LEFT JOIN used AS u ON w.image_id = u.image_id AND w.tenant IS NOT DISTINCT FROM u.tenant
ORDER BY t.name, t.image_id, w.place, w.since, w.tenant
LIMIT $top
