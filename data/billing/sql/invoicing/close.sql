-- The month $month is final: tax and the rounding to the cent become charges of each invoice, and the invoice is
-- issued.
-- FOCUS writes its names in mixed case (CP02), a macro's parameters look like types (CP05), a bound parameter and what
-- EXCLUDE leaves out belong to no table (RF02, RF03), a bound parameter is no alias of itself (AL09), LATERAL is
-- DuckDB's way (ST05), and SELECT * passes on what a table has (AM04):
-- sqlfluff:exclude_rules:AL09,AM04,CP02,CP05,RF02,RF03,ST05

-- Exact: no division, which would be one of floating points; a trillionth is as much as the product has room for.
CREATE OR REPLACE TEMP MACRO taxed(amount, percent) AS
round(amount::DECIMAL(26, 12) * (percent * 0.01::DECIMAL(3, 2))::DECIMAL(10, 8), 2)::DECIMAL(36, 18);

CREATE OR REPLACE TEMP TABLE owed AS
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
FROM summed AS s;

INSERT INTO charge BY NAME
SELECT
    $month + INTERVAL 1 MONTH - INTERVAL 1 SECOND AS ChargePeriodStart,
    $month + INTERVAL 1 MONTH AS ChargePeriodEnd,
    $month AS BillingPeriodStart,
    $month + INTERVAL 1 MONTH AS BillingPeriodEnd,
    o.tenant AS BillingAccountId,
    o.tenant AS BillingAccountName,
    'Tenant' AS BillingAccountType,
    o.tenant AS SubAccountId,
    o.tenant AS SubAccountName,
    'Tenant' AS SubAccountType,
    part.category AS ChargeCategory,
    part.description AS ChargeDescription,
    'One-Time' AS ChargeFrequency,
    part.list_amount AS ListCost,
    part.contracted_amount AS ContractedCost,
    part.amount AS BilledCost,
    part.effective_amount AS EffectiveCost,
    o.currency AS BillingCurrency,
    o.currency AS PricingCurrency,
    part.effective_amount AS PricingCurrencyEffectiveCost,
    'Imagekeeper Cloud' AS ProviderName,
    'Imagekeeper Cloud' AS PublisherName,
    'Imagekeeper Cloud' AS InvoiceIssuerName,
    o.invoice_id AS InvoiceId,
    'Account' AS ServiceName,
    'Other' AS ServiceCategory,
    'Other (Other)' AS ServiceSubcategory,
    'account' AS x_kind,
    'closing' AS x_source,
    0 AS x_used_seconds
FROM owed AS o
CROSS JOIN
    LATERAL (
        SELECT
            unnest(['Tax', 'Adjustment']) AS category,
            unnest(['Tax of ' || $tax_percent || ' percent', 'Rounding of the invoice to the cent']) AS description,
            unnest([o.tax, o.rounding]) AS amount,
            unnest([o.effective_tax, o.rounding]) AS effective_amount,
            unnest([o.list_tax, o.rounding]) AS list_amount,
            unnest([o.contracted_tax, o.rounding]) AS contracted_amount
    ) AS part
WHERE part.amount <> 0;

INSERT INTO invoice BY NAME
SELECT
    o.* EXCLUDE (effective_tax, list_tax, contracted_tax),
    $month AS month_begins,
    $moment AS issued_at
FROM owed AS o;

INSERT INTO closed_month BY NAME
SELECT
    $month AS month_begins,
    $tax_percent AS tax_percent,
    $moment AS closed_at
