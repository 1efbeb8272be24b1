-- How much stems from each image.
WITH RECURSIVE grown AS MATERIALIZED (
    SELECT
        i.origin_image_id,
        count(*) FILTER (
            WHERE not_ended_at(i.deleted_at, $as_of)
            AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
        ) AS images,
        bool_or(i.source_kind = 'image') AS copied
    FROM image AS i
    WHERE i.origin_image_id <> i.image_id AND i.created_at <= $as_of
    GROUP BY i.origin_image_id
),

-- Images that others stem from, and that stem from others themselves: by these, families hang together.
link AS MATERIALIZED (
    SELECT
        i.image_id,
        i.origin_image_id
    FROM image AS i
    SEMI JOIN grown AS g ON i.image_id = g.origin_image_id
    WHERE i.origin_image_id <> i.image_id
),

-- From each of these up to the root. (UNION, not UNION ALL: a lineage that bites its own tail must still end.)
climb AS (
    SELECT
        l.image_id,
        l.origin_image_id AS root_image_id,
        1 AS steps
    FROM link AS l
    UNION
    SELECT
        c.image_id,
        l.origin_image_id AS root_image_id,
        c.steps + 1 AS steps
    FROM climb AS c
    INNER JOIN link AS l ON c.root_image_id = l.image_id
    WHERE c.steps < 100
),

rooted AS (
    SELECT
        c.image_id,
        max(c.steps) AS steps,
        arg_max(c.root_image_id, c.steps) AS root_image_id
    FROM climb AS c
    GROUP BY c.image_id
),

-- The image that is asked for, by its id, or by its name: where several have it and are of one family, the oldest.
meant AS (
    SELECT
        i.image_id,
        i.created_at,
        coalesce(r.root_image_id, i.origin_image_id) AS root_image_id
    FROM image AS i
    LEFT JOIN rooted AS r ON i.origin_image_id = r.image_id
    WHERE
        (i.image_id = $image OR i.name = $image) AND i.created_at <= $as_of
        AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
),

asked AS (
    SELECT
        m.image_id,
        m.root_image_id
    FROM meant AS m
    WHERE m.image_id = $image OR (SELECT count(DISTINCT t.root_image_id) FROM meant AS t) = 1
    ORDER BY m.image_id <> $image, m.created_at, m.image_id
    LIMIT 1
),

-- Where none is asked for, the family that reaches farthest: from a public image to copies, over as many images that
-- others stem from as there are, and to the most images.
farthest AS (
    SELECT f.root_image_id
    FROM (
        SELECT
            coalesce(r.root_image_id, g.origin_image_id) AS root_image_id,
            max(coalesce(r.steps, 0)) AS steps,
            sum(g.images) AS images,
            bool_or(g.copied) AS copied
        FROM grown AS g
        LEFT JOIN rooted AS r ON g.origin_image_id = r.image_id
        WHERE $image IS NULL AND g.images > 0
        GROUP BY coalesce(r.root_image_id, g.origin_image_id)
    ) AS f
    LEFT JOIN (
        SELECT i.image_id
        FROM image AS i
        WHERE i.visibility = 'public'
    ) AS p ON f.root_image_id = p.image_id
    ORDER BY p.image_id IS NOT NULL AND f.copied DESC, f.steps DESC, f.images DESC, f.root_image_id
    LIMIT 1
),

origin AS (
    SELECT a.root_image_id AS image_id
    FROM asked AS a
    UNION
    SELECT f.root_image_id AS image_id
    FROM farthest AS f
    UNION
    SELECT l.image_id
    FROM origin AS o
    INNER JOIN link AS l ON o.image_id = l.origin_image_id
),

member AS MATERIALIZED (
    SELECT
        i.image_id,
        i.name,
        i.owner,
        i.region,
        i.visibility,
        i.image_type,
        i.source_kind,
        i.source_id,
        i.origin_image_id,
        i.created_at,
        not_ended_at(i.deleted_at, $as_of) AS there,
        coalesce(i.deprecated_at <= $as_of, FALSE) AS deprecated,
        usage_is_complete(i.cloud) AS use_known,
        row_number() OVER (ORDER BY i.created_at, i.image_id)::INTEGER AS n
    FROM image AS i
    WHERE i.origin_image_id IN (SELECT o.image_id FROM origin AS o) AND i.created_at <= $as_of
),

span AS (
    SELECT
        s.server_id,
        s.image_id,
        s.started_at
    FROM server_span AS s
    WHERE
        (s.ended_at IS NULL OR s.ended_at > s.started_at)
        AND s.server_id IN (
            SELECT m.source_id FROM member AS m
            WHERE m.source_kind = 'server'
        )
),

-- As the view image_parent has it, but for these images alone.
parent AS (
    SELECT
        m.n,
        m.server_id,
        coalesce(
            c.image_id, span.image_id, v.image_id, b.image_id, nullif(m.origin_image_id, m.image_id)
        ) AS parent_image_id
    FROM (
        SELECT
            m.*,
            CASE WHEN m.source_kind = 'server' AND m.image_type <> 'data_disk' THEN m.source_id END AS server_id
        FROM member AS m
    ) AS m
    LEFT JOIN image AS c ON m.source_kind = 'image' AND m.source_id = c.image_id
    LEFT JOIN volume AS v ON m.source_kind = 'volume' AND m.source_id = v.volume_id
    LEFT JOIN backup AS b ON m.source_kind = 'backup' AND m.source_id = b.backup_id
    ASOF LEFT JOIN span ON m.server_id = span.server_id AND m.created_at >= span.started_at
),

edge AS MATERIALIZED (
    SELECT
        p.n,
        m.n AS parent_n
    FROM parent AS p
    LEFT JOIN member AS m ON p.parent_image_id = m.image_id
),

start AS MATERIALIZED (
    SELECT m.n
    FROM member AS m
    WHERE m.image_id IN (
        SELECT a.image_id FROM asked AS a
        UNION ALL
        SELECT f.root_image_id FROM farthest AS f
    )
),

upward AS (
    SELECT s.n
    FROM start AS s
    UNION
    SELECT e.parent_n AS n
    FROM upward AS u
    INNER JOIN edge AS e ON u.n = e.n
    WHERE e.parent_n IS NOT NULL
),

-- Down from the root; path is the way there.
node AS (
    SELECT
        e.n,
        e.parent_n,
        0 AS depth,
        [e.n] AS path
    FROM upward AS u
    INNER JOIN edge AS e ON u.n = e.n
    WHERE e.parent_n IS NULL
    UNION ALL
    SELECT
        e.n,
        e.parent_n,
        d.depth + 1 AS depth,
        list_append(d.path, e.n) AS path
    FROM node AS d
    INNER JOIN edge AS e ON d.n = e.parent_n
),

-- Each image beside those that exist and stem from it, itself among them. Deleted images of which nothing is left are
-- not shown, unless asked for. Wanted is what stems from the image that is asked for; else what fits owner and region.
below AS (
    SELECT
        unnest(d.path) AS n,
        d.n AS below_n,
        d.depth,
        CASE
            WHEN $image IS NOT NULL THEN list_contains(d.path, s.n)
            ELSE ($region IS NULL OR m.region = $region) AND ($tenant IS NULL OR m.owner = $tenant)
        END AS wanted
    FROM node AS d
    INNER JOIN member AS m ON d.n = m.n
    CROSS JOIN start AS s
    WHERE m.there OR d.n = s.n
),

-- Each image leads on to one of these: to the deepest that is wanted. Images that lead to the same one are a line of
-- descent; a line that branches off is shorter than the one it leaves. So where there is no room for all, long lines
-- come first, and each is whole from the root on.
kept AS (
    SELECT
        b.n,
        min({ 'unwanted': NOT b.wanted, 'height': -b.depth, 'n': b.below_n }) AS last
    FROM below AS b
    GROUP BY b.n
),

line AS (
    SELECT
        k.last,
        row_number() OVER (ORDER BY k.last.unwanted, count(*) DESC, k.last.n) AS place
    FROM kept AS k
    GROUP BY k.last
),

shown AS MATERIALIZED (
    SELECT
        d.n,
        d.parent_n,
        d.depth
    FROM kept AS k
    INNER JOIN line AS l ON k.last = l.last
    INNER JOIN node AS d ON k.n = d.n
    QUALIFY row_number() OVER (ORDER BY l.place, d.depth) <= coalesce($top, 60)
),

-- Images that are not shown are counted at the nearest one that is.
hidden AS (
    SELECT
        h.n,
        count(*) AS images
    FROM (
        SELECT arg_max(s.n, s.depth) AS n
        FROM (
            SELECT
                d.n AS below_n,
                unnest(d.path) AS n
            FROM node AS d
            INNER JOIN kept AS k ON d.n = k.n
            ANTI JOIN shown AS drawn ON d.n = drawn.n
        ) AS b
        INNER JOIN shown AS s ON b.n = s.n
        GROUP BY b.below_n
    ) AS h
    GROUP BY h.n
),

-- The order of a tree that is read from top to bottom: parents before children, brothers by their age.
brother AS (
    SELECT
        s.n,
        s.parent_n,
        row_number() OVER (PARTITION BY s.parent_n ORDER BY s.n) AS place
    FROM shown AS s
),

trail AS (
    SELECT
        b.n,
        [b.place] AS trail
    FROM brother AS b
    WHERE b.parent_n IS NULL
    UNION ALL
    SELECT
        b.n,
        list_append(t.trail, b.place) AS trail
    FROM trail AS t
    INNER JOIN brother AS b ON t.n = b.parent_n
),

leaf AS (
    SELECT
        t.n,
        row_number() OVER (ORDER BY t.trail)::DECIMAL(18, 9) AS place
    FROM trail AS t
    ANTI JOIN shown AS s ON t.n = s.parent_n
),

-- From the deepest up: leaves stand where they are, parents amid their children.
placed AS (
    SELECT
        s.n,
        s.parent_n,
        s.depth,
        l.place
    FROM shown AS s
    INNER JOIN leaf AS l ON s.n = l.n
    WHERE s.depth = (SELECT max(d.depth) FROM shown AS d)
    UNION ALL
    SELECT
        s.n,
        s.parent_n,
        s.depth,
        coalesce(l.place, amid.place) AS place
    FROM (SELECT max(p.depth) - 1 AS depth FROM placed AS p) AS next
    INNER JOIN shown AS s ON next.depth = s.depth
    LEFT JOIN leaf AS l ON s.n = l.n
    LEFT JOIN (
        SELECT
            p.parent_n,
            ((min(p.place) + max(p.place)) * 0.5)::DECIMAL(18, 9) AS place
        FROM placed AS p
        GROUP BY p.parent_n
    ) AS amid ON s.n = amid.parent_n
),

server_count AS (
    SELECT
        s.image_id,
        count(*) AS servers
    FROM server AS s
    WHERE
        s.image_id IN (SELECT m.image_id FROM member AS m SEMI JOIN shown AS d ON m.n = d.n)
        AND existed_at(s.created_at, s.deleted_at, $as_of)
    GROUP BY s.image_id
),

member_count AS (
    SELECT
        s.image_id,
        count(*) AS members
    FROM image_member AS s
    WHERE
        s.image_id IN (SELECT m.image_id FROM member AS m SEMI JOIN shown AS d ON m.n = d.n)
        AND existed_at(s.shared_at, s.removed_at, $as_of)
    GROUP BY s.image_id
),

on_sale AS (
    SELECT DISTINCT o.image_id
    FROM offer AS o
    WHERE existed_at(o.published_at, o.withdrawn_at, $as_of)
)

SELECT
    m.image_id,
    m.name,
    m.owner,
    m.region,
    CASE
        WHEN m.visibility = 'public' THEN 'public'
        WHEN o.image_id IS NOT NULL THEN 'marketplace'
        WHEN c.members > 0 THEN 'shared'
        ELSE 'private'
    END AS kind,
    CASE
        WHEN m.source_kind = 'server' THEN 'captured from a server'
        WHEN m.source_kind = 'volume' THEN 'captured from a disk'
        WHEN m.source_kind = 'backup' THEN 'captured from a backup'
        WHEN m.source_kind <> 'image' THEN 'imported'
        WHEN m.region <> a.region THEN 'copied to another region'
        WHEN m.owner <> a.owner THEN 'copied by another tenant'
        ELSE 'copied in its region'
    END AS made_from,
    a.image_id AS parent_image_id,
    p.depth,
    p.place,
    CASE WHEN NOT m.there THEN 'deleted' WHEN m.deprecated THEN 'deprecated' ELSE 'in use' END AS state,
    coalesce(s.servers, CASE WHEN m.use_known THEN 0 END) AS servers,
    coalesce(c.members, 0) AS members,
    coalesce(h.images, 0) AS left_out,
    m.created_at
FROM placed AS p
INNER JOIN member AS m ON p.n = m.n
LEFT JOIN member AS a ON p.parent_n = a.n
LEFT JOIN hidden AS h ON p.n = h.n
LEFT JOIN server_count AS s ON m.image_id = s.image_id
LEFT JOIN member_count AS c ON m.image_id = c.image_id
LEFT JOIN on_sale AS o ON m.image_id = o.image_id
ORDER BY p.depth, p.place, m.image_id
