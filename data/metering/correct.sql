-- A closed month: what it should say by now, less what it says and what corrected it since, is a correction in the
-- first month that is open.
-- sqlfluff:exclude_rules:CP02,AM04,ST06
INSERT INTO charge BY NAME
WITH said AS (
    SELECT * EXCLUDE (BillingPeriodStart, BillingPeriodEnd, ChargeClass, InvoiceId, x_corrected_month)
    FROM metered
    UNION ALL
    SELECT
        c.* EXCLUDE (BillingPeriodStart, BillingPeriodEnd, ChargeClass, InvoiceId, x_corrected_month)
        REPLACE (
            -c.PricingQuantity AS PricingQuantity,
            -c.ConsumedQuantity AS ConsumedQuantity,
            -c.ListCost AS ListCost,
            -c.ContractedCost AS ContractedCost,
            -c.BilledCost AS BilledCost,
            -c.EffectiveCost AS EffectiveCost,
            -c.PricingCurrencyEffectiveCost AS PricingCurrencyEffectiveCost,
            -c.CommitmentDiscountQuantity AS CommitmentDiscountQuantity,
            -c.x_used_seconds AS x_used_seconds
        )
    FROM charge AS c
    WHERE
        c.x_source IN ('usage', 'credit')
        AND (
            (c.BillingPeriodStart = getvariable('month_begins') AND c.ChargeClass IS NULL)
            OR c.x_corrected_month = getvariable('month_begins')
        )
),

difference AS (
    SELECT
        s.* EXCLUDE (
            PricingQuantity, ConsumedQuantity, ListCost, ContractedCost, BilledCost, EffectiveCost,
            PricingCurrencyEffectiveCost, CommitmentDiscountQuantity, x_used_seconds
        ),
        sum(s.PricingQuantity)::DECIMAL(18, 9) AS PricingQuantity,
        sum(s.ConsumedQuantity)::DECIMAL(18, 9) AS ConsumedQuantity,
        sum(s.ListCost)::DECIMAL(36, 18) AS ListCost,
        sum(s.ContractedCost)::DECIMAL(36, 18) AS ContractedCost,
        sum(s.BilledCost)::DECIMAL(36, 18) AS BilledCost,
        sum(s.EffectiveCost)::DECIMAL(36, 18) AS EffectiveCost,
        sum(s.PricingCurrencyEffectiveCost)::DECIMAL(36, 18) AS PricingCurrencyEffectiveCost,
        sum(s.CommitmentDiscountQuantity)::DECIMAL(18, 9) AS CommitmentDiscountQuantity,
        sum(s.x_used_seconds)::DECIMAL(18, 6) AS x_used_seconds
    FROM said AS s
    GROUP BY ALL
)

SELECT
    d.*,
    'Correction' AS ChargeClass,
    getvariable('open_begins') AS BillingPeriodStart,
    getvariable('open_begins') + INTERVAL 1 MONTH AS BillingPeriodEnd,
    invoice_of(getvariable('open_begins'), d.BillingAccountId, d.BillingCurrency) AS InvoiceId,
    getvariable('month_begins') AS x_corrected_month
FROM difference AS d
WHERE
    d.PricingQuantity <> 0 OR d.ConsumedQuantity <> 0 OR d.ListCost <> 0 OR d.ContractedCost <> 0
    OR d.BilledCost <> 0 OR d.EffectiveCost <> 0 OR d.x_used_seconds <> 0
