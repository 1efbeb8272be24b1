-- What is paid for is a contract, a server's year or month, or a tenant's month, minimum or subscription.
WITH line AS (
    SELECT
        c.*,
        CASE
            WHEN m.basis = 'time' AND c.CommitmentDiscountId IS NOT NULL THEN c.x_pricing_model
            WHEN c.ChargeFrequency = 'Recurring' AND m.basis <> 'month' THEN 'minimum'
            WHEN c.x_state = 'stopped' AND c.CommitmentDiscountId IS NULL AND c.EffectiveCost <> 0 THEN 'stopped'
            WHEN m.basis IN ('year', 'month') THEN c.x_pricing_model
        END AS kind,
        CASE WHEN kind = c.x_pricing_model THEN m.basis END AS basis
    FROM charge AS c
    LEFT JOIN price_model AS m ON c.x_pricing_model = m.pricing_model
    WHERE
        c.x_offer_id IS NOT NULL AND c.x_kind IN ('image', 'server')
        AND c.ChargeClass IS NULL
        AND c.ChargePeriodStart < $as_of
        AND ($month IS NULL OR c.BillingPeriodStart = $month)
        AND ($region IS NULL OR c.RegionId = $region)
        AND ($tenant IS NULL OR c.SubAccountId = $tenant)
),

ran AS (
    SELECT
        l.BillingPeriodStart,
        l.SubAccountId,
        l.x_offer_id,
        l.x_server_id
    FROM line AS l
    WHERE l.x_state = 'running' AND l.x_used_seconds > 0
    GROUP BY ALL
),

any_ran AS (
    SELECT DISTINCT
        r.BillingPeriodStart,
        r.SubAccountId,
        r.x_offer_id
    FROM ran AS r
),

subject AS (
    SELECT
        l.BillingPeriodStart,
        l.SubAccountId,
        l.RegionId,
        l.x_offer_id,
        l.x_offer_name,
        l.BillingCurrency,
        l.kind,
        l.basis,
        coalesce(
            CASE l.basis WHEN 'time' THEN l.CommitmentDiscountId END, l.x_server_id, l.x_offer_id
        ) AS thing,
        CASE WHEN l.kind <> 'minimum' AND coalesce(l.basis, '') <> 'time' THEN l.x_server_id END AS server_id,
        sum(l.EffectiveCost) AS cost,
        sum(l.BilledCost) AS billed,
        sum(l.x_used_seconds) AS used_seconds
    FROM line AS l
    WHERE l.x_kind = 'image' AND l.kind IS NOT NULL
    GROUP BY ALL
)

SELECT
    s.BillingPeriodStart::DATE AS month,
    s.kind,
    s.SubAccountId AS tenant,
    s.RegionId AS region,
    s.x_offer_id AS offer_id,
    s.x_offer_name AS offer,
    s.thing,
    v.name AS server,
    s.BillingCurrency AS currency,
    s.cost::DECIMAL(38, 18) AS cost,
    s.billed::DECIMAL(38, 18) AS billed,
    CASE coalesce(s.basis, s.kind)
        WHEN 'time' THEN 'the contract covered no server in the month'
        WHEN 'minimum' THEN 'less was used than the least that is to be paid'
        WHEN 'stopped' THEN 'the server was stopped, and its image is paid for then too'
        WHEN 'year' THEN 'the server did not run in the month'
        WHEN 'month' THEN 'no server ran in the month that it is paid for'
    END AS because
FROM subject AS s
LEFT JOIN server AS v ON s.server_id = v.server_id
LEFT JOIN any_ran
    ON
        s.BillingPeriodStart = any_ran.BillingPeriodStart AND s.SubAccountId = any_ran.SubAccountId
        AND s.x_offer_id = any_ran.x_offer_id
LEFT JOIN ran AS r
    ON
        s.BillingPeriodStart = r.BillingPeriodStart AND s.SubAccountId = r.SubAccountId
        AND s.x_offer_id = r.x_offer_id AND s.server_id = r.x_server_id
WHERE
    s.cost > 0
    AND CASE coalesce(s.basis, s.kind)
        WHEN 'time' THEN s.used_seconds = 0
        WHEN 'minimum' THEN TRUE
        WHEN 'stopped' THEN TRUE
        ELSE CASE WHEN s.server_id IS NULL THEN any_ran.x_offer_id IS NULL ELSE r.x_server_id IS NULL END
    END
ORDER BY month DESC, s.cost DESC, s.thing
LIMIT $top
