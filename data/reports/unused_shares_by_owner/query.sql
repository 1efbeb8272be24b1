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

owner AS (
    SELECT
        i.owner,
        sum(s.shares) AS shares,
        sum(s.in_use) AS in_use,
        sum(s.never_used) AS never_used,
        sum(s.never_used + s.no_longer_used) AS unused,
        row_number() OVER (ORDER BY sum(s.never_used + s.no_longer_used) DESC, sum(s.shares) DESC, i.owner) AS place
    FROM share AS s
    INNER JOIN image AS i ON s.image_id = i.image_id
    WHERE (i.deleted_at IS NULL OR i.deleted_at > $as_of) AND ($region IS NULL OR i.region = $region)
    GROUP BY i.owner
)

SELECT
    CASE WHEN $top IS NULL OR o.place <= $top THEN o.owner ELSE 'all others' END AS owner,
    sum(o.shares)::BIGINT AS shares,
    sum(o.shares - o.unused)::BIGINT AS used,
    sum(o.in_use)::BIGINT AS in_use,
    sum(o.unused)::BIGINT AS unused,
    sum(o.never_used)::BIGINT AS never_used
FROM owner AS o
GROUP BY ALL
ORDER BY min(o.place)
