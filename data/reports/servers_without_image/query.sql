SELECT
    s.server_id,
    s.name,
    s.owner,
    s.region,
    s.state,
    s.flavor,
    s.image_id,
    i.name AS image_name,
    i.owner AS image_owner,
    CASE
        WHEN i.image_id IS NULL THEN 'unknown'
        WHEN i.deleted_at <= $as_of THEN 'deleted'
        WHEN i.deprecated_at <= $as_of THEN 'deprecated'
        ELSE 'not active'
    END AS image_state,
    coalesce(i.deleted_at, i.deprecated_at) AS since
FROM server AS s
LEFT JOIN image AS i ON s.image_id = i.image_id
WHERE
    existed_at(s.created_at, s.deleted_at, $as_of)
    AND ($region IS NULL OR s.region = $region) AND ($tenant IS NULL OR s.owner = $tenant)
    AND (i.image_id IS NULL OR i.deleted_at <= $as_of OR i.deprecated_at <= $as_of OR i.status <> 'active')
ORDER BY image_state, since, s.name, s.server_id
LIMIT $top
