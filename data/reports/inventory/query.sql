-- First which images, then what there is to say of them: members and servers of all would take much longer.
WITH chosen AS (
    SELECT i.*
    FROM image AS i
    WHERE
        existed_at(i.created_at, i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
    ORDER BY i.size_bytes DESC NULLS LAST, i.name, i.image_id
    LIMIT $top
),

member AS (
    SELECT
        m.image_id,
        count(*) AS members
    FROM image_member AS m
    WHERE
        m.image_id IN (SELECT c.image_id FROM chosen AS c)
        AND existed_at(m.shared_at, m.removed_at, $as_of)
    GROUP BY m.image_id
),

on_sale AS (
    SELECT DISTINCT o.image_id
    FROM offer AS o
    WHERE existed_at(o.published_at, o.withdrawn_at, $as_of)
),

server AS (
    SELECT
        s.image_id,
        count(*) AS servers
    FROM server AS s
    WHERE existed_at(s.created_at, s.deleted_at, $as_of)
    GROUP BY s.image_id
)

SELECT
    i.image_id,
    i.name,
    i.owner,
    i.region,
    CASE
        WHEN i.visibility = 'public' THEN 'public'
        WHEN o.image_id IS NOT NULL THEN 'marketplace'
        WHEN m.members > 0 THEN 'shared'
        ELSE 'private'
    END AS kind,
    i.image_type,
    i.target,
    i.status,
    concat_ws(' ', coalesce(i.os_distribution, i.os_type, 'unknown'), i.os_version) AS os,
    i.architecture,
    i.disk_format,
    i.size_bytes,
    i.min_disk_gb,
    i.encrypted,
    i.protected,
    coalesce(i.deprecated_at <= $as_of, FALSE) AS deprecated,
    coalesce(m.members, 0) AS members,
    coalesce(s.servers, CASE WHEN usage_is_complete(i.cloud) THEN 0 END) AS servers,
    i.source_kind,
    i.origin_image_id,
    i.created_at,
    date_diff('day', i.created_at, $as_of) AS age_days
FROM chosen AS i
LEFT JOIN member AS m ON i.image_id = m.image_id
LEFT JOIN on_sale AS o ON i.image_id = o.image_id
LEFT JOIN server AS s ON i.image_id = s.image_id
ORDER BY i.size_bytes DESC NULLS LAST, i.name, i.image_id
