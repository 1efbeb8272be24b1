-- Every image that a rule selects, with the first such rule, and what is due or why the image is spared.
-- Ages and notice are counted back from $moment. $now is later than $moment if a sweep runs late. What happened in
-- between can only spare an image: images created since do not count among the newest, images deleted since do not
-- either, and use and shares count up to $now. Rules select only images of $cloud, because actions reach no other.
-- inputs: retention_rule
-- creates: table swept
WITH about AS (
    SELECT
        r.rule,
        i.image_id,
        i.owner,
        i.region,
        i.name,
        i.status,
        i.created_at,
        r.keep_last,
        r.older_than_days,
        r.unused_days
    FROM image AS i
    INNER JOIN retention_rule AS r
        ON
            (r.owner IS NULL OR i.owner = r.owner)
            AND (r.region IS NULL OR i.region = r.region)
            AND (r.image_name IS NULL OR i.name GLOB r.image_name)
            AND (r.tag IS NULL OR list_contains(i.tags, r.tag))
            AND (r.image_type IS NULL OR i.image_type = r.image_type)
    WHERE i.deleted_at IS NULL AND i.created_at <= $moment AND i.cloud = $cloud
),

-- The newest active images of each family.
kept AS (
    SELECT
        f.rule,
        f.image_id
    FROM (
        SELECT
            a.*,
            regexp_replace(a.name, $family, '') AS family
        FROM about AS a
        WHERE a.keep_last IS NOT NULL AND a.status = 'active'
    ) AS f
    QUALIFY
        row_number() OVER (
            PARTITION BY f.rule, f.owner, f.region, f.family
            ORDER BY f.created_at DESC, f.image_id DESC
        ) <= f.keep_last
),

used AS (
    SELECT
        u.image_id,
        sum(u.servers + u.volumes) > 0 AS in_use,
        max(u.last_used_at) AS last_used_at
    FROM image_use_at($now) AS u
    GROUP BY u.image_id
),

selected AS (
    SELECT
        a.image_id,
        min(a.rule) AS rule
    FROM about AS a
    LEFT JOIN kept AS k ON a.rule = k.rule AND a.image_id = k.image_id
    LEFT JOIN used AS u ON a.image_id = u.image_id
    WHERE
        k.image_id IS NULL
        AND (a.older_than_days IS NULL OR a.created_at <= $moment - to_days(a.older_than_days))
        AND (
            a.unused_days IS NULL
            OR greatest(a.created_at, u.last_used_at) <= $moment - to_days(a.unused_days)
        )
    GROUP BY a.image_id
),

shared AS (
    SELECT DISTINCT m.image_id
    FROM member_at($now) AS m
),

on_sale AS (
    SELECT DISTINCT o.image_id
    FROM offer AS o
    WHERE existed_at(o.published_at, o.withdrawn_at, $now)
)

SELECT
    s.rule,
    i.image_id,
    i.name,
    i.owner,
    i.region,
    CASE
        WHEN i.protected THEN 'protected'
        WHEN i.visibility = 'public' THEN 'public'
        WHEN i.published OR i.visibility = 'marketplace' OR o.image_id IS NOT NULL THEN 'on sale'
        WHEN m.image_id IS NOT NULL THEN 'shared'
        WHEN u.in_use THEN 'used'
        WHEN i.status <> 'active' THEN 'not active'
        WHEN i.deprecated_at IS NULL THEN 'deprecate'
        WHEN i.deprecated_at <= $moment - to_days($notice_days::INTEGER) THEN 'delete'
        ELSE 'in notice'
    END AS verdict
FROM selected AS s
INNER JOIN image AS i ON s.image_id = i.image_id
LEFT JOIN used AS u ON s.image_id = u.image_id
LEFT JOIN shared AS m ON s.image_id = m.image_id
LEFT JOIN on_sale AS o ON s.image_id = o.image_id
