-- Every share that differs between the cloud and the warehouse. A tenant can list all shares of its own images, and of
-- other images only the shares with itself. Other shares are not listed, so they are left as they are.
-- inputs: matched, seen_image, seen_member, seen_tenant
-- creates: table share
WITH here AS (
    SELECT
        m.blob,
        m.image_id,
        m.now_is.owner IN (SELECT t.tenant FROM seen_tenant AS t) AS is_own
    FROM matched AS m
),

told AS (
    SELECT
        h.image_id,
        s.tenant,
        s.status,
        s.shared_at,
        s.updated_at
    FROM seen_member AS s
    INNER JOIN here AS h ON s.blob = h.blob
),

known AS (
    SELECT
        m.image_id,
        m.tenant,
        m.status
    FROM image_member AS m
    INNER JOIN here AS h ON m.image_id = h.image_id
    WHERE m.removed_at IS NULL AND (h.is_own OR m.tenant IN (SELECT t.tenant FROM seen_tenant AS t))
),

lost AS (
    SELECT
        m.image_id,
        m.tenant,
        m.status
    FROM image_member AS m
    INNER JOIN image AS i ON m.image_id = i.image_id
    ANTI JOIN seen_image AS s ON i.blob = s.blob
    WHERE
        i.region = $region
        AND i.cloud = $cloud
        AND i.deleted_at IS NULL
        AND i.blob IS NOT NULL
        AND m.removed_at IS NULL
        AND i.owner NOT IN (SELECT t.tenant FROM seen_tenant AS t)
        AND m.tenant IN (SELECT t.tenant FROM seen_tenant AS t)
)

SELECT
    coalesce(t.image_id, k.image_id) AS image_id,
    coalesce(t.tenant, k.tenant) AS tenant,
    k.status AS was,
    t.status AS now_is,
    t.shared_at,
    t.updated_at
FROM told AS t
FULL OUTER JOIN known AS k ON t.image_id = k.image_id AND t.tenant = k.tenant
WHERE t.status IS DISTINCT FROM k.status
UNION ALL
SELECT
    l.image_id,
    l.tenant,
    l.status AS was,
    NULL AS now_is,
    NULL AS shared_at,
    NULL AS updated_at
FROM lost AS l
