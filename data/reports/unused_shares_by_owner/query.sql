-- Counted by image first: the shares of an image are found together, those of an owner are not.
WITH share AS (
    SELECT
        m.image_id,
        count(*) AS shares,
        count(*) FILTER (WHERE u.servers + u.volumes > 0) AS in_use,
        count(*) FILTER (WHERE m.shared_at <= $as_of - to_days($unused_days::INTEGER) AND u.image_id IS NULL)
            AS never_used,
        count(*) FILTER (
            WHERE u.servers + u.volumes = 0
            AND greatest(m.shared_at, u.last_used_at) <= $as_of - to_days($unused_days::INTEGER)
        ) AS no_longer_used
    FROM member_at($as_of) AS m
    LEFT JOIN image_use_at($as_of) AS u ON m.image_id = u.image_id AND m.tenant = u.tenant
    WHERE
        $tenant IS NULL
        OR m.tenant = $tenant
        OR m.image_id IN (
            SELECT own.image_id
            FROM image AS own
            WHERE own.owner = $tenant
        )
    GROUP BY m.image_id
),

-- A share that looks unused is not known to be so where not all servers and disks of the cloud are known.
known AS (
    SELECT
        i.owner,
        s.shares,
        s.in_use,
        CASE WHEN usage_is_complete(i.cloud) THEN s.never_used ELSE 0 END AS never_used,
        CASE WHEN usage_is_complete(i.cloud) THEN s.never_used + s.no_longer_used ELSE 0 END AS unused,
        CASE WHEN usage_is_complete(i.cloud) THEN 0 ELSE s.never_used + s.no_longer_used END AS use_unknown,
        usage_is_complete(i.cloud) IS TRUE AS complete
    FROM share AS s
    INNER JOIN image AS i ON s.image_id = i.image_id
    WHERE not_ended_at(i.deleted_at, $as_of) AND ($region IS NULL OR i.region = $region)
),

owner AS (
    SELECT
        k.owner,
        sum(k.shares) AS shares,
        sum(k.in_use) AS in_use,
        sum(k.never_used) AS never_used,
        sum(k.unused) AS unused,
        sum(k.use_unknown) AS use_unknown,
        bool_and(k.complete) AS complete,
        row_number() OVER (ORDER BY sum(k.unused) DESC, sum(k.shares) DESC, k.owner) AS place
    FROM known AS k
    GROUP BY k.owner
),

counted AS (
    SELECT
        CASE WHEN $top IS NULL OR o.place <= $top THEN o.owner ELSE 'all others' END AS owner,
        sum(o.shares)::BIGINT AS shares,
        sum(o.shares - o.unused - o.use_unknown)::BIGINT AS used,
        sum(o.in_use)::BIGINT AS in_use,
        sum(o.unused)::BIGINT AS unused,
        sum(o.never_used)::BIGINT AS never_used,
        sum(o.use_unknown)::BIGINT AS use_unknown,
        bool_and(o.complete) AS complete,
        min(o.place) AS place
    FROM owner AS o
    GROUP BY ALL
)

SELECT
    c.owner,
    c.shares,
    CASE WHEN c.use_unknown > 0 THEN nullif(c.used, 0) ELSE c.used END AS used,
    CASE WHEN c.complete THEN c.in_use ELSE nullif(c.in_use, 0) END AS in_use,
    c.unused,
    c.never_used,
    c.use_unknown
FROM counted AS c
ORDER BY c.place
