SELECT
    c.BillingPeriodStart::DATE AS month,
    c.RegionId AS region,
    c.SubAccountId AS tenant,
    c.x_offer_id AS offer_id,
    c.x_offer_name AS offer,
    c.x_publisher AS publisher,
    c.BillingCurrency AS currency,
    count(DISTINCT c.x_server_id) AS servers,
    coalesce(sum(c.PricingQuantity) FILTER (WHERE c.x_kind = 'server'), 0)::DECIMAL(38, 9) AS server_hours,
    (
        ((coalesce(sum(c.x_used_seconds) FILTER (WHERE c.x_kind = 'image'), 0) * 1000000)::HUGEINT * 10 + 18) // 36
        * 0.000000001::DECIMAL(9, 9)
    )::DECIMAL(38, 9) AS image_hours,
    coalesce(sum(c.EffectiveCost) FILTER (WHERE c.x_kind = 'image'), 0)::DECIMAL(38, 18) AS image_cost,
    coalesce(sum(c.BilledCost) FILTER (WHERE c.x_kind = 'image'), 0)::DECIMAL(38, 18) AS image_billed,
    coalesce(sum(c.EffectiveCost) FILTER (WHERE c.x_kind = 'server'), 0)::DECIMAL(38, 18) AS server_cost,
    sum(c.EffectiveCost)::DECIMAL(38, 18) AS total_cost
FROM charge AS c
WHERE
    c.x_offer_id IS NOT NULL
    AND c.ChargePeriodStart < $as_of
    AND ($month IS NULL OR c.BillingPeriodStart = $month)
    AND ($region IS NULL OR c.RegionId = $region)
    AND ($tenant IS NULL OR c.SubAccountId = $tenant)
GROUP BY ALL
ORDER BY month DESC, total_cost DESC, offer, tenant, region, currency
