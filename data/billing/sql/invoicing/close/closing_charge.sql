-- Tax and rounding become charges of each invoice.
-- FOCUS writes its names in mixed case (CP02), bound parameters belong to no table and are no alias of themselves
-- (RF02, RF03, AL09), LATERAL is DuckDB's way (ST05), and SELECT * passes on what a table has (AM04):
-- sqlfluff:exclude_rules:AL09,AM04,CP02,RF02,RF03,ST05
-- inputs: owed
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
WHERE part.amount <> 0
