WITH happened AS (
    SELECT
        i.region,
        date_trunc('month', i.created_at)::DATE AS month,
        1 AS added,
        0 AS removed,
        coalesce(i.size_bytes, 0) AS size_bytes
    FROM image AS i
    WHERE i.created_at <= $as_of AND ($tenant IS NULL OR i.owner = $tenant)
    UNION ALL
    SELECT
        i.region,
        date_trunc('month', i.deleted_at)::DATE AS month,
        0 AS added,
        1 AS removed,
        -coalesce(i.size_bytes, 0) AS size_bytes
    FROM image AS i
    WHERE i.deleted_at <= $as_of AND ($tenant IS NULL OR i.owner = $tenant)
),

changed AS (
    SELECT
        h.region,
        h.month,
        sum(h.added)::BIGINT AS added,
        sum(h.removed)::BIGINT AS removed,
        sum(h.size_bytes)::BIGINT AS size_bytes
    FROM happened AS h
    WHERE $region IS NULL OR h.region = $region
    GROUP BY h.region, h.month
),

-- Every month in every region, so that a line does not skip the quiet ones.
calendar AS (
    SELECT
        c.region,
        unnest(generate_series(
            as_time((SELECT min(first.month) FROM changed AS first)),
            date_trunc('month', as_time($as_of)),
            INTERVAL 1 MONTH
        ))::DATE AS month
    FROM (SELECT DISTINCT changed.region FROM changed) AS c
)

SELECT
    k.region,
    k.month,
    coalesce(c.added, 0) AS added,
    coalesce(c.removed, 0) AS removed,
    (sum(coalesce(c.added, 0) - coalesce(c.removed, 0)) OVER so_far)::BIGINT AS images,
    (sum(coalesce(c.size_bytes, 0)) OVER so_far)::BIGINT AS size_bytes
FROM calendar AS k
LEFT JOIN changed AS c ON k.region = c.region AND k.month = c.month
WINDOW so_far AS (PARTITION BY k.region ORDER BY k.month)
ORDER BY k.month, k.region
