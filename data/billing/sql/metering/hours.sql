-- What each piece of time costs that no term covers; pieces of a trial cost nothing.
-- A lambda is written in small letters (CP01), what it names and what EXCLUDE leaves out belong to no table (RF01,
-- RF02, RF03), LATERAL is DuckDB's way (ST05), and SELECT * passes on what a CTE just listed (AM04):
-- sqlfluff:exclude_rules:AM04,CP01,RF01,RF02,RF03,ST05
CREATE OR REPLACE TEMP TABLE hours AS
WITH tier AS (
    SELECT
        v.price_id,
        u.nth,
        u.amount,
        coalesce(lag(u.up_to) OVER (PARTITION BY v.price_id ORDER BY u.nth), 0)::HUGEINT AS lower_nanos,
        u.up_to AS upper_nanos
    FROM version AS v
    CROSS JOIN
        LATERAL (
            SELECT
                unnest(range(1, len(v.tiers) + 1)) AS nth,
                unnest(list_transform(v.tiers, lambda one: one.amount)) AS amount,
                unnest(list_transform(v.tiers, lambda one: nanos_of(one.up_to))) AS up_to
        ) AS u
    WHERE v.pricing_model = 'tiered'
),

room AS (
    SELECT
        p.*,
        sum(p.nanos) OVER (
            PARTITION BY p.tenant, p.price_id, p.local_month ORDER BY p.begins, p.server_id, p.part_id
        ) AS upper_end,
        sum(p.nanos) OVER (PARTITION BY p.tenant, p.price_id, p.local_month) AS total
    FROM piece AS p
    WHERE p.pricing_model = 'tiered' AND p.cover = 'charged' AND p.rate > 0
),

in_tier AS (
    SELECT
        r.* EXCLUDE (nanos, used_us, amount, upper_end, total),
        t.nth AS tier,
        t.amount,
        CASE r.tier_mode
            WHEN 'volume' THEN r.nanos
            ELSE
                greatest(
                    least(r.upper_end, coalesce(t.upper_nanos, r.upper_end))
                    - greatest(r.upper_end - r.nanos, t.lower_nanos),
                    0
                )
        END::BIGINT AS nanos,
        CASE WHEN row_number() OVER (PARTITION BY r.part_id, r.begins ORDER BY t.nth) = 1 THEN r.used_us ELSE 0 END
            AS used_us
    FROM room AS r
    INNER JOIN tier AS t
        ON
            r.price_id = t.price_id
            AND CASE r.tier_mode
                WHEN 'volume'
                    THEN
                        (r.total > t.lower_nanos OR t.nth = 1)
                        AND (t.upper_nanos IS NULL OR r.total <= t.upper_nanos)
                ELSE
                    (r.upper_end > t.lower_nanos AND r.upper_end - r.nanos < coalesce(t.upper_nanos, r.upper_end + 1))
                    OR (
                        r.nanos = 0 AND r.upper_end = t.lower_nanos
                        AND (t.upper_nanos IS NULL OR r.upper_end < t.upper_nanos)
                    )
            END
),

costing AS (
    SELECT
        i.* EXCLUDE (amount),
        (i.amount * i.rate)::DECIMAL(18, 9) AS list_price,
        (i.amount * i.rate)::DECIMAL(18, 9) AS unit_price
    FROM in_tier AS i
    UNION ALL BY NAME
    SELECT
        p.* EXCLUDE (amount),
        (p.amount * p.rate)::DECIMAL(18, 9) AS list_price,
        CASE p.cover WHEN 'trial' THEN 0 ELSE (p.amount * p.rate) END::DECIMAL(18, 9) AS unit_price
    FROM piece AS p
    WHERE
        p.timed AND p.cover <> 'used' AND p.rate > 0 AND p.amount IS NOT NULL AND p.nanos IS NOT NULL
        AND (p.pricing_model <> 'tiered' OR p.cover = 'trial')
)

-- What depends on the sum of a month of the price's zone belongs to the month of UTC that has its name.
SELECT
    c.*,
    (c.unit_price * quantity(c.nanos))::DECIMAL(36, 18) AS billed,
    CASE
        WHEN c.pricing_model = 'tiered' THEN timezone('UTC', c.local_month)
        ELSE date_trunc('month', make_timestamptz(c.begins))
    END AS billing_month
FROM costing AS c
