WITH server AS (
    SELECT
        s.image_id,
        count(*) AS servers
    FROM server AS s
    WHERE s.created_at <= $as_of AND (s.deleted_at IS NULL OR s.deleted_at > $as_of)
    GROUP BY s.image_id
)

SELECT
    i.image_id,
    i.name,
    i.owner,
    i.region,
    i.kind,
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
    i.deprecated,
    i.members,
    coalesce(server.servers, 0) AS servers,
    i.source_kind,
    i.origin_image_id,
    i.created_at,
    date_diff('day', i.created_at, $as_of) AS age_days
FROM image_at($as_of) AS i
LEFT JOIN server ON i.image_id = server.image_id
WHERE ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
ORDER BY i.size_bytes DESC NULLS LAST, i.name, i.image_id
LIMIT $top
