-- A lineage: all that stems from one image and belongs to one owner.
WITH owned AS (
    SELECT
        i.origin_image_id,
        i.owner,
        count(*) AS images
    FROM image AS i
    WHERE
        i.status = 'active' AND existed_at(i.created_at, i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
    GROUP BY i.origin_image_id, i.owner
),

served AS (
    SELECT
        i.origin_image_id,
        s.owner,
        s.region,
        count(*) AS servers,
        bool_or(i.owner = s.owner) AS of_own
    FROM server AS s
    INNER JOIN image AS i ON s.image_id = i.image_id
    WHERE
        existed_at(s.created_at, s.deleted_at, $as_of)
        AND ($region IS NULL OR s.region = $region) AND ($tenant IS NULL OR s.owner = $tenant)
    GROUP BY i.origin_image_id, s.owner, s.region
),

-- Lineages of several images, or with servers: also of images that are deleted or cannot be used, if they are the
-- owner's.
lineage AS (
    SELECT
        coalesce(o.origin_image_id, s.origin_image_id) AS origin_image_id,
        coalesce(o.owner, s.owner) AS owner,
        coalesce(o.images, 0) AS images,
        coalesce(s.servers, 0) AS servers
    FROM owned AS o
    FULL JOIN (
        SELECT
            v.origin_image_id,
            v.owner,
            sum(v.servers) AS servers,
            bool_or(v.of_own) AS of_own
        FROM served AS v
        GROUP BY v.origin_image_id, v.owner
    ) AS s ON o.origin_image_id = s.origin_image_id AND o.owner = s.owner
    WHERE o.images > 1 OR s.of_own OR (o.images = 1 AND s.servers > 0)
    ORDER BY images DESC, servers DESC, origin_image_id, owner
    LIMIT $top
),

-- Where there is anything, and whether all servers and disks there are known.
place AS (
    SELECT
        p.region,
        bool_and(p.use_known) AS use_known
    FROM (
        SELECT
            i.region,
            usage_is_complete(i.cloud) IS TRUE AS use_known
        FROM image AS i
        WHERE
            existed_at(i.created_at, i.deleted_at, $as_of)
            AND ($region IS NULL OR i.region = $region)
        UNION
        SELECT
            v.region,
            TRUE AS use_known
        FROM served AS v
    ) AS p
    GROUP BY p.region
),

-- What the owner can use: his own images, public ones, and those that are shared with him.
usable AS (
    SELECT
        l.origin_image_id,
        l.owner,
        i.region,
        count(*) AS images,
        max(i.created_at) AS newest_at
    FROM lineage AS l
    INNER JOIN image AS i ON l.origin_image_id = i.origin_image_id
    LEFT JOIN (
        SELECT
            m.image_id,
            m.tenant
        FROM image_member AS m
        WHERE
            m.tenant IN (SELECT l.owner FROM lineage AS l)
            AND existed_at(m.shared_at, m.removed_at, $as_of)
    ) AS m ON i.image_id = m.image_id AND l.owner = m.tenant
    WHERE
        i.status = 'active' AND existed_at(i.created_at, i.deleted_at, $as_of)
        AND (i.owner = l.owner OR i.visibility = 'public' OR m.image_id IS NOT NULL)
    GROUP BY l.origin_image_id, l.owner, i.region
),

owner_server AS (
    SELECT
        s.owner,
        s.region,
        count(*) AS servers
    FROM server AS s
    WHERE
        s.owner IN (SELECT l.owner FROM lineage AS l)
        AND existed_at(s.created_at, s.deleted_at, $as_of)
    GROUP BY s.owner, s.region
)

SELECT
    l.origin_image_id,
    o.name AS origin_name,
    l.owner,
    p.region,
    coalesce(u.images, 0) AS images,
    u.newest_at,
    coalesce(s.servers, CASE WHEN p.use_known THEN 0 END) AS servers,
    coalesce(a.servers, CASE WHEN p.use_known THEN 0 END) AS owner_servers,
    CASE
        WHEN u.images IS NOT NULL THEN FALSE
        WHEN s.servers IS NOT NULL THEN TRUE
        WHEN p.use_known THEN FALSE
    END AS missing
FROM lineage AS l
CROSS JOIN place AS p
LEFT JOIN image AS o ON l.origin_image_id = o.image_id
LEFT JOIN usable AS u ON l.origin_image_id = u.origin_image_id AND l.owner = u.owner AND p.region = u.region
LEFT JOIN served AS s ON l.origin_image_id = s.origin_image_id AND l.owner = s.owner AND p.region = s.region
LEFT JOIN owner_server AS a ON l.owner = a.owner AND p.region = a.region
ORDER BY l.images DESC, l.servers DESC, l.origin_image_id, l.owner, p.region
