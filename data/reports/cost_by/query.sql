WITH summed AS (
    SELECT
        CASE
            WHEN grouping(c.SubAccountId) = 0 THEN 'tenant'
            WHEN grouping(c.x_offer_name) = 0 THEN 'offer'
            WHEN grouping(c.x_publisher) = 0 THEN 'publisher'
            WHEN grouping(c.RegionId) = 0 THEN 'region'
            ELSE 'all'
        END AS dimension,
        coalesce(c.SubAccountId, c.x_offer_name, c.x_publisher, c.RegionId, 'all') AS value,
        c.BillingCurrency AS currency,
        count(DISTINCT c.SubAccountId) AS tenants,
        count(DISTINCT c.x_server_id) AS servers,
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
    GROUP BY GROUPING SETS (
        (c.BillingCurrency),
        (c.BillingCurrency, c.SubAccountId),
        (c.BillingCurrency, c.x_offer_name, c.x_offer_id),
        (c.BillingCurrency, c.x_publisher),
        (c.BillingCurrency, c.RegionId)
    )
)

SELECT
    s.*,
    CASE WHEN s.server_cost > 0 AND s.total_cost > 0 THEN round(s.image_cost / s.total_cost * 100, 1) END::DECIMAL(9, 1)
        AS image_percent
FROM summed AS s
QUALIFY
    $top IS NULL OR row_number() OVER (
        PARTITION BY s.dimension, s.currency ORDER BY s.image_cost DESC, s.total_cost DESC, s.value
    ) <= $top
ORDER BY s.dimension, s.currency, s.image_cost DESC, s.total_cost DESC, s.value
