WITH stored AS (
    SELECT
        i.region,
        i.blob,
        max(i.size_bytes) AS size_bytes
    FROM image_at($as_of) AS i
    WHERE i.blob IS NOT NULL AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
    GROUP BY i.region, i.blob
),

held AS (
    SELECT
        count(*) AS images,
        count(DISTINCT i.owner) FILTER (WHERE i.kind <> 'public') AS owners,
        count(DISTINCT i.region) AS regions,
        coalesce(sum(i.size_bytes), 0)::BIGINT AS size_bytes,
        coalesce(sum(i.size_bytes) FILTER (WHERE i.blob IS NULL), 0)::BIGINT AS elsewhere_bytes,
        count(*) FILTER (WHERE i.kind = 'public') AS public_images,
        count(*) FILTER (WHERE i.kind = 'marketplace') AS marketplace_images,
        count(*) FILTER (WHERE i.kind = 'shared') AS shared_images,
        count(*) FILTER (WHERE i.kind = 'private') AS private_images,
        count(*) FILTER (WHERE i.encrypted) AS encrypted,
        count(*) FILTER (WHERE i.protected) AS protected,
        count(*) FILTER (WHERE i.deprecated) AS deprecated,
        count(*) FILTER (WHERE i.status <> 'active') AS not_active
    FROM image_at($as_of) AS i
    WHERE ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
)

SELECT
    h.images,
    h.owners,
    h.regions,
    h.public_images,
    h.marketplace_images,
    h.shared_images,
    h.private_images,
    h.size_bytes,
    (h.elsewhere_bytes + (SELECT coalesce(sum(s.size_bytes), 0) FROM stored AS s))::BIGINT AS stored_bytes,
    h.encrypted,
    h.protected,
    h.deprecated,
    h.not_active
FROM held AS h
