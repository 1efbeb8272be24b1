-- What a tenant was billed in a month: a line a service, kind of charge and unit price; exact amounts.
WITH line AS (
    SELECT
        c.InvoiceId AS invoice_id,
        c.BillingAccountId AS tenant,
        c.BillingCurrency AS currency,
        c.ServiceName AS service,
        c.PublisherName AS publisher,
        c.ChargeCategory AS category,
        coalesce(c.ChargeClass = 'Correction', FALSE) AS correction,
        CASE WHEN c.ChargeCategory IN ('Credit', 'Tax', 'Adjustment') THEN c.ChargeDescription END AS remark,
        c.x_pricing_model AS pricing_model,
        c.ContractedUnitPrice AS unit_price,
        c.PricingUnit AS unit,
        sum(c.PricingQuantity)::DECIMAL(38, 9) AS quantity,
        sum(c.BilledCost)::DECIMAL(38, 18) AS amount
    FROM charge AS c
    WHERE c.BillingPeriodStart = $month AND ($tenant IS NULL OR c.BillingAccountId = $tenant)
    GROUP BY ALL
)

SELECT l.*
FROM line AS l
ORDER BY
    l.invoice_id,
    CASE l.category WHEN 'Usage' THEN 1 WHEN 'Purchase' THEN 2 WHEN 'Credit' THEN 3 WHEN 'Tax' THEN 4 ELSE 5 END,
    l.correction, l.amount DESC, l.service, l.unit_price, l.remark
