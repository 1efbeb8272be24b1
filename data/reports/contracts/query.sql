WITH asked AS (
    SELECT
        coalesce($month, as_time('-infinity')) AS begins,
        coalesce(as_time($month) + INTERVAL 1 MONTH, as_time('infinity')) AS ends
),

charged AS (
    SELECT
        c.CommitmentDiscountId AS term_id,
        any_value(c.x_pricing_model) AS kind,
        any_value(c.SubAccountId) AS tenant,
        any_value(c.RegionId) AS region,
        any_value(c.x_offer_id) AS offer_id,
        any_value(c.x_server_id) FILTER (WHERE c.ChargeCategory = 'Purchase') AS server_id,
        any_value(c.BillingCurrency) AS currency,
        min(c.ChargePeriodStart) FILTER (WHERE c.ChargeCategory = 'Purchase') AS starts_at,
        sum(c.BilledCost) AS upfront,
        sum(c.PricingQuantity) FILTER (WHERE c.ChargeCategory = 'Purchase') AS servers,
        sum(c.EffectiveCost) AS spent,
        sum(c.PricingQuantity) FILTER (WHERE c.CommitmentDiscountStatus = 'Used' AND a.begins <= c.BillingPeriodStart)
            AS used_hours,
        sum(c.PricingQuantity) FILTER (WHERE c.CommitmentDiscountStatus = 'Unused' AND a.begins <= c.BillingPeriodStart)
            AS unused_hours,
        sum(c.EffectiveCost) FILTER (WHERE c.CommitmentDiscountStatus = 'Used' AND a.begins <= c.BillingPeriodStart)
            AS used_cost,
        sum(c.EffectiveCost) FILTER (WHERE c.CommitmentDiscountStatus = 'Unused' AND a.begins <= c.BillingPeriodStart)
            AS unused_cost,
        sum(c.ListCost) FILTER (WHERE c.CommitmentDiscountStatus = 'Used' AND a.begins <= c.BillingPeriodStart)
            AS list_cost
    FROM charge AS c
    CROSS JOIN asked AS a
    WHERE
        c.CommitmentDiscountId IS NOT NULL
        AND c.ChargePeriodStart < $as_of AND c.BillingPeriodStart < a.ends
        AND ($region IS NULL OR c.RegionId = $region) AND ($tenant IS NULL OR c.SubAccountId = $tenant)
    GROUP BY c.CommitmentDiscountId
),

term AS (
    SELECT
        c.contract_id AS term_id,
        'contract' AS kind,
        c.tenant,
        c.region,
        c.offer_id,
        NULL::VARCHAR AS server_id,
        c.servers,
        c.starts_at,
        c.ends_at,
        c.currency,
        c.upfront * c.servers AS upfront
    FROM contract AS c
    WHERE
        c.bought_at < $as_of
        AND ($region IS NULL OR c.region = $region) AND ($tenant IS NULL OR c.tenant = $tenant)
    UNION ALL
    SELECT
        d.term_id,
        d.kind,
        d.tenant,
        d.region,
        d.offer_id,
        d.server_id,
        d.servers::INTEGER AS servers,
        d.starts_at,
        d.starts_at + INTERVAL 1 YEAR AS ends_at,
        d.currency,
        d.upfront
    FROM charged AS d
    INNER JOIN price_model AS m ON d.kind = m.pricing_model
    WHERE m.basis = 'year' AND d.starts_at IS NOT NULL
)

SELECT
    t.term_id,
    t.kind,
    t.tenant,
    t.region,
    t.offer_id,
    o.name AS offer,
    t.server_id,
    t.servers,
    t.starts_at,
    t.ends_at,
    greatest(datediff('day', $as_of, t.ends_at), 0) AS days_left,
    CASE
        WHEN t.starts_at > $as_of THEN 'begins later'
        WHEN t.ends_at <= $as_of THEN 'over'
        WHEN t.ends_at <= $as_of + INTERVAL 30 DAY THEN 'ends within 30 days'
        WHEN t.ends_at <= $as_of + INTERVAL 60 DAY THEN 'ends within 60 days'
        WHEN t.ends_at <= $as_of + INTERVAL 90 DAY THEN 'ends within 90 days'
        ELSE 'runs on'
    END AS state,
    t.currency,
    t.upfront::DECIMAL(38, 18) AS upfront,
    (t.upfront - coalesce(c.spent, 0))::DECIMAL(38, 18) AS still_to_use,
    coalesce(c.used_hours, 0)::DECIMAL(38, 9) AS used_hours,
    coalesce(c.unused_hours, 0)::DECIMAL(38, 9) AS unused_hours,
    CASE
        WHEN c.used_hours + c.unused_hours <> 0 OR coalesce(c.used_hours, c.unused_hours) <> 0
            THEN round(coalesce(c.used_hours, 0) / (coalesce(c.used_hours, 0) + coalesce(c.unused_hours, 0)) * 100, 1)
    END::DECIMAL(9, 1) AS used_percent,
    coalesce(c.used_cost, 0)::DECIMAL(38, 18) AS used_cost,
    coalesce(c.unused_cost, 0)::DECIMAL(38, 18) AS unused_cost,
    (coalesce(c.list_cost, 0) - coalesce(c.used_cost, 0) - coalesce(c.unused_cost, 0))::DECIMAL(38, 18) AS saved
FROM term AS t
CROSS JOIN asked AS a
LEFT JOIN charged AS c ON t.term_id = c.term_id
LEFT JOIN offer AS o ON t.offer_id = o.offer_id
WHERE t.starts_at < a.ends AND t.ends_at > a.begins
ORDER BY t.ends_at, t.term_id
