-- One row: the part of a metered usage that lies in one tier of its price, with the amount of the tier. graduated: each
-- hour costs the amount of its own tier. volume: all hours cost the amount of the tier that the month's total reaches.
-- The month is that of the price's time zone. nanos: billionths of an hour.
-- A lambda is written in small letters (CP01), what it names and what EXCLUDE leaves out belong to no table (RF01,
-- RF02, RF03), LATERAL is DuckDB's way (ST05), and SELECT * passes on what a CTE just listed (AM04):
-- sqlfluff:exclude_rules:AM04,CP01,RF01,RF02,RF03,ST05,ST06
-- inputs: dated_price, metered_usage
-- creates: table tiered_usage
WITH tier AS (
    SELECT
        v.price_id,
        u.nth,
        u.amount,
        coalesce(lag(u.up_to) OVER (PARTITION BY v.price_id ORDER BY u.nth), 0)::HUGEINT AS lower_nanos,
        u.up_to AS upper_nanos
    FROM dated_price AS v
    CROSS JOIN
        LATERAL (
            SELECT
                unnest(range(1, len(v.tiers) + 1)) AS nth,
                unnest(list_transform(v.tiers, lambda one: one.amount)) AS amount,
                unnest(list_transform(v.tiers, lambda one: nanos_of(one.up_to))) AS up_to
        ) AS u
    WHERE v.amount_by = 'tier'
),

-- All use of the tenant lies end to end along the hours of the month: a row takes the room from upper_end - nanos to
-- upper_end. What a trial or a commitment covers takes no room.
room AS (
    SELECT
        p.*,
        sum(p.nanos) OVER (
            PARTITION BY p.tenant, p.price_id, p.local_month ORDER BY p.begins, p.server_id, p.interval_id
        ) AS upper_end,
        sum(p.nanos) OVER (PARTITION BY p.tenant, p.price_id, p.local_month) AS total
    FROM metered_usage AS p
    WHERE p.amount_by = 'tier' AND p.cover = 'charged' AND p.rate > 0
)

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
    CASE WHEN row_number() OVER (PARTITION BY r.interval_id, r.begins ORDER BY t.nth) = 1 THEN r.used_us ELSE 0 END
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
                    -- rounding can leave 0 hours: such use is shown in the tier where it lies
                    r.nanos = 0 AND r.upper_end = t.lower_nanos
                    AND (t.upper_nanos IS NULL OR r.upper_end < t.upper_nanos)
                )
        END
