WITH held AS (
    SELECT
        i.image_id,
        i.owner,
        i.region,
        i.kind,
        i.blob,
        i.size_bytes,
        i.encrypted,
        i.protected,
        i.deprecated,
        i.status,
        CASE WHEN usage_is_complete(i.cloud) IS NOT TRUE THEN i.cloud END AS unobserved_cloud
    FROM image_at($as_of) AS i
    WHERE ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
),

-- Equal files in one region are kept once; a file that is kept elsewhere has no blob and counts for itself.
stored AS (
    SELECT max(h.size_bytes) AS size_bytes
    FROM held AS h
    GROUP BY h.region, coalesce(h.blob, h.image_id)
)

SELECT
    count(*) AS images,
    count(DISTINCT h.owner) FILTER (WHERE h.kind <> 'public') AS owners,
    count(DISTINCT h.region) AS regions,
    count(*) FILTER (WHERE h.kind = 'public') AS public_images,
    count(*) FILTER (WHERE h.kind = 'marketplace') AS marketplace_images,
    count(*) FILTER (WHERE h.kind = 'shared') AS shared_images,
    count(*) FILTER (WHERE h.kind = 'private') AS private_images,
    coalesce(sum(h.size_bytes), 0)::BIGINT AS size_bytes,
    (SELECT coalesce(sum(s.size_bytes), 0) FROM stored AS s)::BIGINT AS stored_bytes,
    count(*) FILTER (WHERE h.encrypted) AS encrypted,
    count(*) FILTER (WHERE h.protected) AS protected,
    count(*) FILTER (WHERE h.deprecated) AS deprecated,
    count(*) FILTER (WHERE h.status <> 'active') AS not_active,
    count(h.unobserved_cloud) AS use_unknown,
    string_agg(DISTINCT h.unobserved_cloud, ', ' ORDER BY h.unobserved_cloud) AS use_unknown_on
FROM held AS h
