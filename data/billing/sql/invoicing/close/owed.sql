-- One row: an invoice of the month $month: its subtotal, tax and rounding to the cent.
-- FOCUS writes its names in mixed case (CP02), bound parameters belong to no table and are no alias of themselves
-- (RF02, RF03, AL09), LATERAL is DuckDB's way (ST05), and SELECT * passes on what a table has (AM04):
-- sqlfluff:exclude_rules:AL09,AM04,CP02,RF02,RF03,ST05
-- creates: table owed
WITH summed AS (
    SELECT
        c.InvoiceId AS invoice_id,
        c.BillingAccountId AS tenant,
        c.BillingCurrency AS currency,
        sum(c.BilledCost)::DECIMAL(36, 18) AS subtotal,
        taxed(sum(c.BilledCost), $tax_percent::DECIMAL(9, 6)) AS tax,
        taxed(sum(c.EffectiveCost), $tax_percent::DECIMAL(9, 6)) AS effective_tax,
        taxed(sum(c.ListCost), $tax_percent::DECIMAL(9, 6)) AS list_tax,
        taxed(sum(c.ContractedCost), $tax_percent::DECIMAL(9, 6)) AS contracted_tax
    FROM charge AS c
    WHERE c.BillingPeriodStart = $month
    GROUP BY c.InvoiceId, c.BillingAccountId, c.BillingCurrency
)

SELECT
    s.*,
    (round(s.subtotal + s.tax, 2) - s.subtotal - s.tax)::DECIMAL(36, 18) AS rounding,
    round(s.subtotal + s.tax, 2)::DECIMAL(36, 18) AS total
FROM summed AS s
