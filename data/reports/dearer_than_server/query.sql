WITH summed AS (
    SELECT
        c.x_server_id AS server_id,
        c.SubAccountId AS tenant,
        c.RegionId AS region,
        c.x_offer_id AS offer_id,
        any_value(c.x_offer_name) AS offer,
        max(c.x_flavor) AS flavor,
        c.BillingCurrency AS currency,
        sum(c.PricingQuantity) FILTER (WHERE c.x_kind = 'server')::DECIMAL(38, 9) AS server_hours,
        coalesce(sum(c.EffectiveCost) FILTER (WHERE c.x_kind = 'image'), 0)::DECIMAL(38, 18) AS image_cost,
        coalesce(sum(c.EffectiveCost) FILTER (WHERE c.x_kind = 'server'), 0)::DECIMAL(38, 18) AS server_cost
    FROM charge AS c
    WHERE
        c.x_offer_id IS NOT NULL AND c.x_server_id IS NOT NULL
        AND c.ChargePeriodStart < $as_of
        AND ($month IS NULL OR c.BillingPeriodStart = $month)
        AND ($region IS NULL OR c.RegionId = $region)
        AND ($tenant IS NULL OR c.SubAccountId = $tenant)
    GROUP BY c.x_server_id, c.SubAccountId, c.RegionId, c.x_offer_id, c.BillingCurrency
)

SELECT
    s.server_id,
    v.name,
    s.* EXCLUDE (server_id),
    (s.image_cost - s.server_cost)::DECIMAL(38, 18) AS more,
    round(s.image_cost / s.server_cost, 1)::DECIMAL(18, 1) AS times
FROM summed AS s
LEFT JOIN server AS v ON s.server_id = v.server_id
WHERE s.server_cost > 0 AND s.image_cost > s.server_cost
ORDER BY more DESC, s.server_id
LIMIT $top
