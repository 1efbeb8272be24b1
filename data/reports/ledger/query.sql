WITH metered AS (
    SELECT
        m.month_begins,
        max(m.metered_until) AS metered_until
    FROM metering AS m
    GROUP BY m.month_begins
)

SELECT
    c.BillingPeriodStart::DATE AS month,
    c.BillingCurrency AS currency,
    count(*) AS lines,
    count(DISTINCT c.BillingAccountId) AS tenants,
    coalesce(sum(c.BilledCost) FILTER (WHERE c.x_kind = 'server'), 0)::DECIMAL(38, 18) AS server_billed,
    coalesce(sum(c.BilledCost) FILTER (WHERE c.x_kind = 'image'), 0)::DECIMAL(38, 18) AS image_billed,
    coalesce(sum(c.BilledCost) FILTER (WHERE c.x_kind = 'account'), 0)::DECIMAL(38, 18) AS account_billed,
    sum(c.BilledCost)::DECIMAL(38, 18) AS billed,
    sum(c.EffectiveCost)::DECIMAL(38, 18) AS effective,
    count(*) FILTER (WHERE c.ChargeClass = 'Correction') AS corrections,
    any_value(m.metered_until) AS metered_until,
    any_value(closed.closed_at) AS closed_at
FROM charge AS c
LEFT JOIN metered AS m ON c.BillingPeriodStart = m.month_begins
LEFT JOIN closed_month AS closed ON c.BillingPeriodStart = closed.month_begins
GROUP BY c.BillingPeriodStart, c.BillingCurrency
ORDER BY month, currency
