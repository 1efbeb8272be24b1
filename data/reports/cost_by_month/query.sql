SELECT
    c.BillingPeriodStart::DATE AS month,
    c.BillingCurrency AS currency,
    coalesce(sum(c.EffectiveCost) FILTER (WHERE c.x_kind = 'image'), 0)::DECIMAL(38, 18) AS image_cost,
    coalesce(
        sum(c.EffectiveCost) FILTER (WHERE c.x_kind = 'server' AND c.x_offer_id IS NOT NULL), 0
    )::DECIMAL(38, 18) AS marketplace_server_cost,
    coalesce(
        sum(c.EffectiveCost) FILTER (WHERE c.x_kind = 'server' AND c.x_offer_id IS NULL), 0
    )::DECIMAL(38, 18) AS other_server_cost,
    coalesce(sum(c.EffectiveCost) FILTER (WHERE c.x_kind = 'account'), 0)::DECIMAL(38, 18) AS account_cost,
    sum(c.EffectiveCost)::DECIMAL(38, 18) AS total_cost,
    coalesce(sum(c.BilledCost) FILTER (WHERE c.x_kind = 'image'), 0)::DECIMAL(38, 18) AS image_billed,
    sum(c.BilledCost)::DECIMAL(38, 18) AS total_billed
FROM charge AS c
WHERE
    c.ChargePeriodStart < $as_of
    AND ($month IS NULL OR c.BillingPeriodStart = $month)
    AND ($region IS NULL OR c.RegionId = $region)
    AND ($tenant IS NULL OR c.SubAccountId = $tenant)
GROUP BY ALL
ORDER BY month, currency
