WITH charged AS (
    SELECT
        c.InvoiceId AS invoice_id,
        c.BillingPeriodStart AS month_begins,
        c.BillingAccountId AS tenant,
        c.BillingCurrency AS currency,
        count(*) AS lines,
        sum(c.BilledCost) FILTER (WHERE c.ChargeCategory = 'Usage' AND c.ChargeClass IS NULL) AS usage,
        sum(c.BilledCost) FILTER (WHERE c.ChargeCategory = 'Purchase' AND c.ChargeClass IS NULL) AS purchases,
        sum(c.BilledCost) FILTER (WHERE c.ChargeCategory = 'Credit' AND c.ChargeClass IS NULL) AS credits,
        sum(c.BilledCost) FILTER (WHERE c.ChargeClass = 'Correction') AS corrections,
        sum(c.BilledCost) FILTER (WHERE c.ChargeCategory = 'Tax') AS tax,
        sum(c.BilledCost) FILTER (WHERE c.ChargeCategory = 'Adjustment') AS rounding,
        sum(c.BilledCost) AS to_pay
    FROM charge AS c
    WHERE
        c.ChargePeriodStart < $as_of
        AND ($month IS NULL OR c.BillingPeriodStart = $month)
        AND ($tenant IS NULL OR c.BillingAccountId = $tenant)
    GROUP BY c.InvoiceId, c.BillingPeriodStart, c.BillingAccountId, c.BillingCurrency
),

issued AS (
    SELECT i.*
    FROM invoice AS i
    WHERE
        i.issued_at <= $as_of
        AND ($month IS NULL OR i.month_begins = $month)
        AND ($tenant IS NULL OR i.tenant = $tenant)
),

tied AS (
    SELECT
        c.*,
        i.total,
        i.issued_at,
        coalesce(c.invoice_id, i.invoice_id) AS either_id,
        coalesce(c.month_begins, i.month_begins) AS either_month,
        coalesce(c.tenant, i.tenant) AS either_tenant,
        coalesce(c.currency, i.currency) AS either_currency
    FROM charged AS c
    FULL JOIN issued AS i ON c.invoice_id = i.invoice_id
)

SELECT
    t.either_id AS invoice_id,
    t.either_month::DATE AS month,
    t.either_tenant AS tenant,
    t.either_currency AS currency,
    CASE WHEN m.month_begins IS NOT NULL OR t.issued_at IS NOT NULL THEN 'closed' ELSE 'provisional' END AS state,
    coalesce(t.lines, 0) AS lines,
    coalesce(t.usage, 0)::DECIMAL(38, 18) AS usage,
    coalesce(t.purchases, 0)::DECIMAL(38, 18) AS purchases,
    coalesce(t.credits, 0)::DECIMAL(38, 18) AS credits,
    coalesce(t.corrections, 0)::DECIMAL(38, 18) AS corrections,
    coalesce(t.tax, 0)::DECIMAL(38, 18) AS tax,
    coalesce(t.rounding, 0)::DECIMAL(38, 18) AS rounding,
    coalesce(t.to_pay, 0)::DECIMAL(38, 18) AS to_pay,
    t.total::DECIMAL(38, 18) AS issued,
    CASE
        WHEN m.month_begins IS NOT NULL OR t.issued_at IS NOT NULL THEN coalesce(t.total, 0) - coalesce(t.to_pay, 0)
    END::DECIMAL(38, 18) AS difference,
    t.issued_at
FROM tied AS t
LEFT JOIN closed_month AS m ON t.either_month = m.month_begins AND m.closed_at <= $as_of
ORDER BY month DESC, abs(coalesce(t.to_pay, 0)) DESC, invoice_id
LIMIT $top
