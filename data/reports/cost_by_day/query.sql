-- Each of the last 92 days, beside the 28 before it. What began outside of its month counts on the first or last day.
WITH asked AS (
    SELECT date_trunc('day', least($as_of, coalesce(max(m.metered_until), $as_of))) AS full_until
    FROM metering AS m
),

spent AS (
    SELECT
        date_trunc(
            'day', least(greatest(c.ChargePeriodStart, c.BillingPeriodStart), c.BillingPeriodEnd - INTERVAL 1 DAY)
        ) AS day,
        c.BillingCurrency AS currency,
        coalesce(c.x_offer_name, '') AS offer,
        coalesce(
            sum(c.EffectiveCost) FILTER (WHERE c.ChargeFrequency = 'Usage-Based' AND c.ChargeClass IS NULL), 0
        )::DECIMAL(38, 18) AS use_cost,
        sum(c.EffectiveCost)::DECIMAL(38, 18) AS image_cost,
        sum(c.BilledCost)::DECIMAL(38, 18) AS image_billed
    FROM charge AS c
    CROSS JOIN asked AS a
    WHERE
        c.x_kind = 'image' AND c.ChargePeriodStart < $as_of
        AND c.BillingPeriodEnd > a.full_until - INTERVAL 120 DAY
        AND ($region IS NULL OR c.RegionId = $region) AND ($tenant IS NULL OR c.SubAccountId = $tenant)
    GROUP BY day, currency, offer
),

calendar AS (
    SELECT
        s.currency,
        unnest(generate_series(
            greatest(min(s.day), any_value(a.full_until) - INTERVAL 120 DAY),
            greatest(max(s.day), any_value(a.full_until) - INTERVAL 1 DAY),
            INTERVAL 1 DAY
        )) AS day,
        any_value(a.full_until) AS full_until
    FROM spent AS s
    CROSS JOIN asked AS a
    GROUP BY s.currency
),

daily AS (
    SELECT
        d.day,
        d.currency,
        d.full_until,
        coalesce(sum(s.image_cost), 0)::DECIMAL(38, 18) AS image_cost,
        coalesce(sum(s.use_cost), 0)::DECIMAL(38, 18) AS use_cost,
        coalesce(sum(s.image_billed), 0)::DECIMAL(38, 18) AS image_billed
    FROM calendar AS d
    LEFT JOIN spent AS s ON d.day = s.day AND d.currency = s.currency
    GROUP BY d.day, d.currency, d.full_until
),

usual AS (
    SELECT
        d.*,
        d.day < d.full_until AS whole,
        median(d.use_cost) OVER before AS median,
        (mad(d.use_cost) OVER before * 1.4826::DECIMAL(5, 4))::DECIMAL(38, 18) AS spread,
        count(*) OVER before AS days_before
    FROM daily AS d
    WINDOW before AS (PARTITION BY d.currency ORDER BY d.day ROWS BETWEEN 28 PRECEDING AND 1 PRECEDING)
),

limited AS (
    SELECT
        u.*,
        greatest(u.spread * 3, u.median * 0.05::DECIMAL(3, 2))::DECIMAL(38, 18) AS leeway
    FROM usual AS u
),

judged AS (
    SELECT
        l.*,
        coalesce(l.whole AND l.days_before >= 14 AND abs(l.use_cost - l.median) > l.leeway, FALSE) AS unusual
    FROM limited AS l
    WHERE l.day >= l.full_until - INTERVAL 92 DAY
),

-- The offer that is furthest from its mean of those days.
moved AS (
    SELECT
        j.day,
        j.currency,
        s.offer,
        coalesce(sum(s.use_cost) FILTER (WHERE s.day = j.day), 0) AS cost,
        (coalesce(sum(s.use_cost) FILTER (WHERE s.day < j.day), 0) * 1000000000)::HUGEINT // any_value(j.days_before)
        * 0.000000001::DECIMAL(9, 9) AS mean
    FROM judged AS j
    INNER JOIN spent AS s
        ON j.currency = s.currency AND j.day >= s.day AND j.day - to_days(j.days_before::INTEGER) <= s.day
    WHERE j.unusual
    GROUP BY j.day, j.currency, s.offer
    QUALIFY
        row_number() OVER (PARTITION BY j.day, j.currency ORDER BY abs(cost - mean) DESC, s.offer) = 1
)

SELECT
    j.day::DATE AS day,
    j.currency,
    j.image_cost,
    j.use_cost,
    j.image_billed,
    j.whole,
    j.median,
    greatest(j.median - j.leeway, 0)::DECIMAL(38, 18) AS least_usual,
    (j.median + j.leeway)::DECIMAL(38, 18) AS most_usual,
    j.unusual,
    m.offer AS moved_by,
    (m.cost - m.mean)::DECIMAL(38, 18) AS moved,
    concat(
        round(j.use_cost, 2), ' instead of ', round(j.median, 2), ', the median of the ', j.days_before,
        ' days before; usual is ', round(greatest(j.median - j.leeway, 0), 2), ' to ', round(j.median + j.leeway, 2),
        '; ', m.offer, ' differs most, by ', round(m.cost - m.mean, 2), ' from its mean'
    ) || left(m.offer, 0) AS because
FROM judged AS j
LEFT JOIN moved AS m ON j.day = m.day AND j.currency = m.currency
ORDER BY j.currency, j.day
