-- Equal content has one checksum. What is encrypted under different keys is not equal: each owner needs his own.
WITH counted AS (
    SELECT
        i.checksum,
        i.encrypted,
        i.kms_key_id,
        i.region,
        count(*) AS images,
        sum(i.size_bytes) AS size_bytes,
        max(i.size_bytes) AS one_bytes
    FROM image AS i
    WHERE
        i.checksum IS NOT NULL
        AND existed_at(i.created_at, i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
    GROUP BY i.checksum, i.encrypted, i.kms_key_id, i.region
),

alike AS (
    SELECT
        c.checksum,
        c.encrypted,
        c.kms_key_id,
        sum(c.images)::BIGINT AS images,
        count(*) AS regions,
        max(c.one_bytes) AS size_bytes,
        coalesce(sum(c.size_bytes), 0)::BIGINT AS all_bytes,
        coalesce(sum(c.size_bytes - c.one_bytes), 0)::BIGINT AS saved_bytes
    FROM counted AS c
    GROUP BY c.checksum, c.encrypted, c.kms_key_id
    HAVING max(c.images) > 1
    ORDER BY saved_bytes DESC, all_bytes DESC, c.checksum, c.encrypted, c.kms_key_id
    LIMIT $top
),

one AS (
    SELECT
        a.checksum,
        a.encrypted,
        a.kms_key_id,
        i.image_id,
        i.name,
        i.owner,
        i.region,
        coalesce(i.blob, i.image_id) AS blob,
        i.size_bytes,
        usage_is_complete(i.cloud) IS NOT TRUE AS use_unknown,
        row_number() OVER (
            PARTITION BY a.checksum, a.encrypted, a.kms_key_id ORDER BY i.created_at, i.image_id
        ) AS place
    FROM alike AS a
    INNER JOIN image AS i
        ON
            a.checksum = i.checksum AND a.encrypted = i.encrypted AND a.kms_key_id IS NOT DISTINCT FROM i.kms_key_id
    WHERE
        existed_at(i.created_at, i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
),

-- Copies have the name of what they were copied of: a name is told once.
named AS (
    SELECT
        o.checksum,
        o.encrypted,
        o.kms_key_id,
        o.name,
        row_number() OVER (PARTITION BY o.checksum, o.encrypted, o.kms_key_id ORDER BY min(o.place)) AS place
    FROM one AS o
    GROUP BY o.checksum, o.encrypted, o.kms_key_id, o.name
),

told_names AS (
    SELECT
        n.checksum,
        n.encrypted,
        n.kms_key_id,
        concat(
            string_agg(n.name, ', ' ORDER BY n.place) FILTER (WHERE n.place <= 3),
            CASE WHEN count(*) > 3 THEN ' and ' || (count(*) - 3) || ' more' END
        ) AS names
    FROM named AS n
    GROUP BY n.checksum, n.encrypted, n.kms_key_id
),

told_images AS (
    SELECT
        o.checksum,
        o.encrypted,
        o.kms_key_id,
        count(DISTINCT o.owner) AS owners,
        count(*) FILTER (WHERE o.use_unknown) AS use_unknown,
        concat(
            string_agg(o.image_id, ', ' ORDER BY o.place) FILTER (WHERE o.place <= 3),
            CASE WHEN count(*) > 3 THEN ' and ' || (count(*) - 3) || ' more' END
        ) AS image_ids
    FROM one AS o
    GROUP BY o.checksum, o.encrypted, o.kms_key_id
),

-- What servers, disks and backups hold stays in store whichever image is deleted.
held AS (
    SELECT
        s.region,
        s.blob
    FROM server AS s
    WHERE existed_at(s.created_at, s.deleted_at, $as_of)
    UNION
    SELECT
        v.region,
        v.blob
    FROM volume AS v
    WHERE existed_at(v.created_at, v.deleted_at, $as_of)
    UNION
    SELECT
        b.region,
        b.blob
    FROM backup AS b
    WHERE b.created_at <= $as_of
),

file AS (
    SELECT
        o.checksum,
        o.encrypted,
        o.kms_key_id,
        o.region,
        o.blob,
        max(o.size_bytes) AS size_bytes,
        bool_or(o.use_unknown) AS use_unknown
    FROM one AS o
    GROUP BY o.checksum, o.encrypted, o.kms_key_id, o.region, o.blob
),

-- In each region one file stays: one that is held anyhow, else the largest. A file counts as held where not all servers
-- and disks of the cloud are known.
stored AS (
    SELECT
        f.checksum,
        f.encrypted,
        f.kms_key_id,
        f.region,
        sum(f.size_bytes) AS stored_bytes,
        sum(f.size_bytes) FILTER (WHERE h.blob IS NULL AND NOT f.use_unknown) AS free_bytes,
        CASE WHEN count(h.blob) = 0 AND NOT bool_or(f.use_unknown) THEN max(f.size_bytes) ELSE 0 END AS kept_bytes
    FROM file AS f
    LEFT JOIN held AS h ON f.region = h.region AND f.blob = h.blob
    GROUP BY f.checksum, f.encrypted, f.kms_key_id, f.region
),

kept AS (
    SELECT
        s.checksum,
        s.encrypted,
        s.kms_key_id,
        coalesce(sum(s.stored_bytes), 0)::BIGINT AS stored_bytes,
        coalesce(sum(s.free_bytes - s.kept_bytes), 0)::BIGINT AS freed_bytes
    FROM stored AS s
    GROUP BY s.checksum, s.encrypted, s.kms_key_id
)

SELECT
    a.checksum,
    a.encrypted,
    a.kms_key_id,
    n.names,
    t.image_ids,
    a.images,
    t.owners,
    a.regions,
    a.size_bytes,
    a.all_bytes,
    k.stored_bytes,
    a.saved_bytes,
    k.freed_bytes,
    t.use_unknown
FROM alike AS a
INNER JOIN told_names AS n
    ON a.checksum = n.checksum AND a.encrypted = n.encrypted AND a.kms_key_id IS NOT DISTINCT FROM n.kms_key_id
INNER JOIN told_images AS t
    ON a.checksum = t.checksum AND a.encrypted = t.encrypted AND a.kms_key_id IS NOT DISTINCT FROM t.kms_key_id
INNER JOIN kept AS k
    ON a.checksum = k.checksum AND a.encrypted = k.encrypted AND a.kms_key_id IS NOT DISTINCT FROM k.kms_key_id
ORDER BY a.saved_bytes DESC, a.all_bytes DESC, a.checksum, a.encrypted, a.kms_key_id
