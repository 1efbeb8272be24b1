-- A day to come costs what the last 28 whole days cost on its weekday. What is charged once a month comes again.
WITH reach AS (
    SELECT date_trunc('day', least($as_of, coalesce(max(m.metered_until), $as_of))) AS full_until
    FROM metering AS m
),

asked AS (
    SELECT
        r.full_until,
        date_trunc('month', $as_of - INTERVAL 1 MICROSECOND) AS begins,
        begins + INTERVAL 1 MONTH AS next_begins,
        begins + INTERVAL 2 MONTH AS ends
    FROM reach AS r
),

spent AS (
    SELECT
        date_trunc(
            'day', least(greatest(c.ChargePeriodStart, c.BillingPeriodStart), c.BillingPeriodEnd - INTERVAL 1 DAY)
        ) AS day,
        c.BillingCurrency AS currency,
        any_value(a.begins) AS begins,
        any_value(a.full_until) AS full_until,
        sum(c.EffectiveCost)::DECIMAL(38, 18) AS cost,
        coalesce(
            sum(c.EffectiveCost) FILTER (WHERE c.ChargeFrequency = 'Usage-Based' AND c.ChargeClass IS NULL), 0
        ) AS use_cost,
        coalesce(sum(c.EffectiveCost) FILTER (
            WHERE c.ChargeFrequency = 'Recurring' AND c.ChargeClass IS NULL AND m.basis = 'month'
        ), 0) AS month_cost,
        coalesce(sum(c.EffectiveCost) FILTER (
            WHERE c.ChargeFrequency = 'Recurring' AND c.ChargeClass IS NULL AND m.basis <> 'month'
        ), 0) AS minimum_cost
    FROM charge AS c
    CROSS JOIN asked AS a
    LEFT JOIN price_model AS m ON c.x_pricing_model = m.pricing_model
    WHERE
        c.x_kind = 'image' AND c.ChargePeriodStart < $as_of
        AND c.BillingPeriodEnd > least(a.full_until - INTERVAL 28 DAY, a.begins - INTERVAL 1 MONTH)
        AND ($region IS NULL OR c.RegionId = $region) AND ($tenant IS NULL OR c.SubAccountId = $tenant)
    GROUP BY day, currency
),

-- The mean of a day, in billionths: of its weekday where there are 28 days, else of all there are.
basis AS (
    SELECT
        s.currency,
        least(28, datediff('day', min(s.day), any_value(s.full_until)))::INTEGER AS days,
        coalesce((sum(s.use_cost) FILTER (
            WHERE s.day < s.full_until AND s.day >= s.full_until - INTERVAL 28 DAY
        ) * 1000000000)::HUGEINT, 0) // greatest(1, least(28, datediff('day', min(s.day), any_value(s.full_until))))
            AS mean_of_all,
        coalesce(sum(s.month_cost) FILTER (WHERE s.day >= s.begins), 0) AS month_cost,
        coalesce(sum(s.minimum_cost) FILTER (WHERE s.day < s.begins AND s.day >= s.begins - INTERVAL 1 MONTH), 0)
            AS minimum_cost
    FROM spent AS s
    GROUP BY s.currency
    HAVING bool_or(s.cost <> 0 AND s.day >= least(s.begins, s.full_until - INTERVAL 28 DAY)) OR minimum_cost > 0
),

by_weekday AS (
    SELECT
        s.currency,
        isodow(s.day) AS weekday,
        (sum(s.use_cost) * 1000000000)::HUGEINT // 4 AS mean
    FROM spent AS s
    WHERE s.day < s.full_until AND s.day >= s.full_until - INTERVAL 28 DAY
    GROUP BY s.currency, weekday
),

calendar AS (
    SELECT
        b.*,
        a.begins,
        a.next_begins,
        a.full_until,
        unnest(generate_series(a.begins, a.ends - INTERVAL 1 DAY, INTERVAL 1 DAY)) AS day
    FROM basis AS b
    CROSS JOIN asked AS a
    WHERE b.days > 0
),

daily AS (
    SELECT
        d.day::DATE AS day,
        date_trunc('month', d.day)::DATE AS month,
        d.currency,
        d.days,
        d.day >= d.full_until AS to_come,
        coalesce(s.cost, 0)::DECIMAL(38, 18) AS so_far,
        CASE
            WHEN d.day < d.full_until THEN 0
            ELSE
                greatest(
                    if(d.days < 28, d.mean_of_all, coalesce(w.mean, 0)) * 0.000000001::DECIMAL(9, 9)
                    - coalesce(s.use_cost, 0),
                    0
                )
        END::DECIMAL(38, 18) AS expected_use,
        (
            CASE WHEN d.day = d.next_begins THEN d.month_cost ELSE 0 END
            + CASE
                WHEN d.day = d.next_begins - INTERVAL 1 DAY AND d.next_begins > d.full_until THEN d.minimum_cost
                WHEN d.day = d.next_begins + INTERVAL 1 MONTH - INTERVAL 1 DAY THEN d.minimum_cost
                ELSE 0
            END
        )::DECIMAL(38, 18) AS expected_else
    FROM calendar AS d
    LEFT JOIN spent AS s ON d.day = s.day AND d.currency = s.currency
    LEFT JOIN by_weekday AS w ON d.currency = w.currency AND isodow(d.day) = w.weekday
)

SELECT
    d.month,
    d.day,
    d.currency,
    sum(d.so_far)::DECIMAL(38, 18) AS so_far,
    sum(d.expected_use)::DECIMAL(38, 18) AS expected_use,
    sum(d.expected_else)::DECIMAL(38, 18) AS expected_else,
    (sum(d.so_far) + sum(d.expected_use) + sum(d.expected_else))::DECIMAL(38, 18) AS cost,
    count(*) FILTER (WHERE d.to_come) AS days_to_come,
    CASE
        WHEN any_value(d.days) < 28 THEN 'mean of the ' || any_value(d.days) || ' whole days there are'
        ELSE 'mean of the last 28 whole days, by weekday'
    END AS method
FROM daily AS d
GROUP BY GROUPING SETS ((d.month, d.currency), (d.month, d.day, d.currency))
ORDER BY d.currency, d.month, d.day NULLS FIRST
