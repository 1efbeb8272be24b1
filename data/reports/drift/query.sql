SELECT
    c.seen_at,
    i.cloud,
    c.region,
    c.image_id,
    i.name,
    i.owner,
    c.tenant,
    c.what,
    c.field,
    c.was,
    c.became
FROM unexplained_change AS c
INNER JOIN image AS i ON c.image_id = i.image_id
WHERE
    c.seen_at <= $as_of
    AND ($region IS NULL OR c.region = $region)
    AND ($tenant IS NULL OR i.owner = $tenant OR c.tenant = $tenant)
ORDER BY c.seen_at DESC, c.region, i.name, c.image_id, c.tenant, c.what, c.field
LIMIT $top
