-- A closed month never changes. What it should have by now, less what it has and less its earlier corrections, becomes
-- corrections in the first open month. So the month and its corrections always sum up to the present state of the use,
-- and metering twice writes nothing the second time.
-- sqlfluff:exclude_rules:AM04,CP02,RF03
-- inputs: metered_charge
INSERT INTO charge BY NAME
WITH counted AS (
    SELECT
        m.* EXCLUDE (BillingPeriodStart, BillingPeriodEnd, ChargeClass, InvoiceId, x_corrected_month),
        TRUE AS fresh
    FROM metered_charge AS m
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
        ),
        FALSE AS fresh
    FROM charge AS c
    WHERE
        c.x_source IN ('usage', 'credit')
        AND (
            (c.BillingPeriodStart = getvariable('month_begins') AND c.ChargeClass IS NULL)
            OR c.x_corrected_month = getvariable('month_begins')
        )
),

-- Names and descriptions may have changed since then although the charge did not: they take no part in the comparison,
-- and the newest are written.
difference AS (
    SELECT
        s.* EXCLUDE (fresh)
        REPLACE (
            sum(s.PricingQuantity) OVER alike AS PricingQuantity,
            sum(s.ConsumedQuantity) OVER alike AS ConsumedQuantity,
            sum(s.ListCost) OVER alike AS ListCost,
            sum(s.ContractedCost) OVER alike AS ContractedCost,
            sum(s.BilledCost) OVER alike AS BilledCost,
            sum(s.EffectiveCost) OVER alike AS EffectiveCost,
            sum(s.PricingCurrencyEffectiveCost) OVER alike AS PricingCurrencyEffectiveCost,
            sum(s.CommitmentDiscountQuantity) OVER alike AS CommitmentDiscountQuantity,
            sum(s.x_used_seconds) OVER alike AS x_used_seconds
        )
    FROM counted AS s
    WINDOW
        alike AS (
            PARTITION BY
                s.x_kind, s.x_source, s.ChargeCategory, s.ChargeFrequency, s.BillingAccountId, s.BillingCurrency,
                s.RegionId, s.ResourceId, s.x_server_id, s.x_offer_id, s.x_image_id, s.x_flavor, s.x_state,
                s.x_stretch_started_at, s.SkuPriceId, s.x_price_id, s.ListUnitPrice, s.ContractedUnitPrice,
                s.CommitmentDiscountId, s.CommitmentDiscountStatus, s.ChargePeriodStart, s.ChargePeriodEnd
        )
    QUALIFY row_number() OVER (alike ORDER BY s.fresh DESC) = 1
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
