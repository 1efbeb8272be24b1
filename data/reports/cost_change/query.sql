-- The month of $month, as far as it was metered, beside as much of the month before it.
WITH asked AS (
    SELECT
        coalesce($month, date_trunc('month', $as_of - INTERVAL 1 MICROSECOND)) AS begins,
        begins + INTERVAL 1 MONTH AS ends,
        begins - INTERVAL 1 MONTH AS begins_before
),

metered AS (
    SELECT
        m.month_begins,
        max(m.metered_until) AS metered_until
    FROM metering AS m
    GROUP BY m.month_begins
),

compared AS (
    SELECT
        a.*,
        least($as_of, a.ends, coalesce(m.metered_until, a.ends)) AS until
    FROM asked AS a
    LEFT JOIN metered AS m ON a.begins = m.month_begins
),

beside AS (
    SELECT
        p.*,
        CASE WHEN p.until = p.ends THEN p.begins ELSE least(p.begins_before + (p.until - p.begins), p.begins) END
            AS until_before
    FROM compared AS p
),

line AS (
    SELECT
        c.*,
        c.BillingPeriodStart = p.begins AS now,
        c.ChargeCategory = 'Usage' AND c.ChargeClass IS NULL
        AND coalesce(c.CommitmentDiscountStatus, '') <> 'Unused'
        AND (c.ChargeFrequency = 'Usage-Based' OR m.basis = 'month') AS is_use,
        m.amount_by
    FROM charge AS c
    INNER JOIN beside AS p
        ON
            c.BillingPeriodStart = p.begins
            OR (
                c.BillingPeriodStart = p.begins_before
                AND (p.until_before = p.begins OR c.ChargePeriodStart < p.until_before)
            )
    LEFT JOIN price_model AS m ON c.x_pricing_model = m.pricing_model
    WHERE
        c.ChargePeriodStart < $as_of AND c.x_kind = 'image' AND c.x_offer_id IS NOT NULL
        AND ($region IS NULL OR c.RegionId = $region) AND ($tenant IS NULL OR c.SubAccountId = $tenant)
),

-- What has one unit, and where it depends on it one flavor, is compared by its average price.
measured AS (
    SELECT
        l.x_offer_id AS offer_id,
        l.x_offer_name AS offer,
        l.x_publisher AS publisher,
        l.BillingCurrency AS currency,
        l.is_use,
        coalesce(sum(l.EffectiveCost) FILTER (WHERE NOT l.now), 0) AS cost_before,
        coalesce(sum(l.EffectiveCost) FILTER (WHERE l.now), 0) AS cost_now,
        (coalesce(sum(l.EffectiveCost) FILTER (WHERE NOT l.now), 0) * 1000000000)::HUGEINT AS nanos_before,
        (coalesce(sum(l.PricingQuantity) FILTER (WHERE NOT l.now), 0) * 1000000000)::HUGEINT AS quantity_before,
        (coalesce(sum(l.PricingQuantity) FILTER (WHERE l.now), 0) * 1000000000)::HUGEINT AS quantity_now,
        count(*) FILTER (WHERE NOT l.now) AS lines_before,
        count(*) FILTER (WHERE l.now) AS lines_now
    FROM line AS l
    GROUP BY
        l.x_offer_id, l.x_offer_name, l.x_publisher, l.BillingCurrency, l.is_use,
        CASE WHEN l.is_use THEN l.PricingUnit END,
        CASE WHEN l.is_use AND l.amount_by = 'flavor' THEN l.x_flavor END
),

parted AS (
    SELECT
        m.*,
        CASE
            WHEN NOT m.is_use THEN 0
            WHEN m.quantity_before > 0 AND m.quantity_now > 0
                THEN
                    m.nanos_before * (m.quantity_now - m.quantity_before) // m.quantity_before
                    * 0.000000001::DECIMAL(9, 9)
            ELSE m.cost_now - m.cost_before
        END::DECIMAL(38, 18) AS by_volume,
        CASE WHEN m.is_use THEN 0 ELSE m.cost_now - m.cost_before END::DECIMAL(38, 18) AS by_other
    FROM measured AS m
),

summed AS (
    SELECT
        p.offer_id,
        p.offer,
        p.publisher,
        p.currency,
        sum(p.lines_before) = 0 AS is_new,
        sum(p.lines_now) = 0 AS is_gone,
        sum(p.cost_before) AS cost_before,
        sum(p.cost_now) AS cost_now,
        sum(p.by_volume) AS by_volume,
        sum(p.by_other) AS by_other
    FROM parted AS p
    GROUP BY p.offer_id, p.offer, p.publisher, p.currency
)

SELECT
    s.offer_id,
    s.offer,
    s.publisher,
    s.currency,
    s.cost_before::DECIMAL(38, 18) AS cost_before,
    s.cost_now::DECIMAL(38, 18) AS cost_now,
    (s.cost_now - s.cost_before)::DECIMAL(38, 18) AS difference,
    CASE
        WHEN s.is_new OR s.is_gone THEN 0
        ELSE s.cost_now - s.cost_before - s.by_volume - s.by_other
    END::DECIMAL(38, 18) AS by_price,
    CASE WHEN s.is_new OR s.is_gone THEN 0 ELSE s.by_volume END::DECIMAL(38, 18) AS by_volume,
    CASE WHEN s.is_new THEN s.cost_now ELSE 0 END::DECIMAL(38, 18) AS new_cost,
    CASE WHEN s.is_gone THEN -s.cost_before ELSE 0 END::DECIMAL(38, 18) AS gone_cost,
    CASE WHEN s.is_new OR s.is_gone THEN 0 ELSE s.by_other END::DECIMAL(38, 18) AS by_other,
    p.until_before AS compared_until
FROM summed AS s
CROSS JOIN beside AS p
ORDER BY s.currency, abs(s.cost_now - s.cost_before) DESC, s.offer, s.offer_id
