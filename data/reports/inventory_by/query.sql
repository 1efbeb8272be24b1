WITH described AS (
    SELECT
        i.kind,
        i.region,
        i.owner,
        i.image_type,
        i.target,
        i.status,
        i.size_bytes,
        i.encrypted,
        i.protected,
        i.deprecated,
        coalesce(i.os_distribution, i.os_type, 'unknown') AS os,
        CASE
            WHEN i.created_at > $as_of - INTERVAL 30 DAY THEN '1: up to 30 days'
            WHEN i.created_at > $as_of - INTERVAL 90 DAY THEN '2: 30 to 90 days'
            WHEN i.created_at > $as_of - INTERVAL 365 DAY THEN '3: 90 days to 1 year'
            ELSE '4: over 1 year'
        END AS age,
        CASE
            WHEN i.size_bytes IS NULL THEN '5: unknown'
            WHEN i.size_bytes < 1073741824 THEN '1: under 1 GiB'
            WHEN i.size_bytes < 10737418240 THEN '2: 1 to 10 GiB'
            WHEN i.size_bytes < 107374182400 THEN '3: 10 to 100 GiB'
            ELSE '4: 100 GiB and more'
        END AS size
    FROM image_at($as_of) AS i
    WHERE ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
),

cell AS (
    SELECT
        d.kind,
        CASE
            WHEN grouping(d.region) = 0 THEN 'region'
            WHEN grouping(d.owner) = 0 THEN 'owner'
            WHEN grouping(d.os) = 0 THEN 'os'
            WHEN grouping(d.image_type) = 0 THEN 'image_type'
            WHEN grouping(d.target) = 0 THEN 'target'
            WHEN grouping(d.status) = 0 THEN 'status'
            WHEN grouping(d.age) = 0 THEN 'age'
            ELSE 'size'
        END AS dimension,
        coalesce(d.region, d.owner, d.os, d.image_type, d.target, d.status, d.age, d.size) AS value,
        count(*) AS images,
        coalesce(sum(d.size_bytes), 0) AS size_bytes,
        count(*) FILTER (WHERE d.encrypted) AS encrypted,
        count(*) FILTER (WHERE d.protected) AS protected,
        count(*) FILTER (WHERE d.deprecated) AS deprecated
    FROM described AS d
    GROUP BY GROUPING SETS (
        (d.kind, d.region), (d.kind, d.owner), (d.kind, d.os), (d.kind, d.image_type), (d.kind, d.target),
        (d.kind, d.status), (d.kind, d.age), (d.kind, d.size)
    )
),

placed AS (
    SELECT
        c.dimension,
        c.value,
        row_number() OVER (PARTITION BY c.dimension ORDER BY sum(c.images) DESC, c.value) AS place
    FROM cell AS c
    GROUP BY c.dimension, c.value
)

SELECT
    c.dimension,
    CASE WHEN $top IS NULL OR p.place <= $top THEN c.value ELSE 'all others' END AS value,
    c.kind,
    sum(c.images)::BIGINT AS images,
    sum(c.size_bytes)::BIGINT AS size_bytes,
    sum(c.encrypted)::BIGINT AS encrypted,
    sum(c.protected)::BIGINT AS protected,
    sum(c.deprecated)::BIGINT AS deprecated
FROM cell AS c
INNER JOIN placed AS p ON c.dimension = p.dimension AND c.value = p.value
GROUP BY ALL
ORDER BY c.dimension, value, c.kind
