WITH held AS (
    SELECT
        i.region,
        i.image_id,
        i.blob,
        i.size_bytes
    FROM image AS i
    WHERE
        existed_at(i.created_at, i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
),

-- Equal files in one region are kept once; a file that is kept elsewhere has no blob and counts for itself.
stored AS (
    SELECT
        h.region,
        coalesce(h.blob, h.image_id) AS blob,
        count(*) AS images,
        sum(h.size_bytes) AS size_bytes,
        max(h.size_bytes) AS stored_bytes
    FROM held AS h
    GROUP BY ALL
)

SELECT
    s.region,
    sum(s.images)::BIGINT AS images,
    coalesce(sum(s.size_bytes), 0)::BIGINT AS size_bytes,
    coalesce(sum(s.stored_bytes), 0)::BIGINT AS stored_bytes,
    coalesce(sum(s.size_bytes), 0)::BIGINT - coalesce(sum(s.stored_bytes), 0)::BIGINT AS saved_bytes
FROM stored AS s
GROUP BY s.region
ORDER BY s.region
