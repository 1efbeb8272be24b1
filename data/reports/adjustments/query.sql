SELECT
    c.BillingPeriodStart::DATE AS month,
    CASE
        WHEN c.ChargeClass = 'Correction' THEN 'correction'
        WHEN c.ChargeCategory = 'Tax' THEN 'tax'
        WHEN c.ChargeCategory = 'Adjustment' THEN 'rounding'
        WHEN c.x_source = 'usage' THEN 'credit of a trial'
        WHEN c.ChargeDescription LIKE 'Refund of %' THEN 'refund'
        ELSE 'credit'
    END AS kind,
    c.SubAccountId AS tenant,
    c.x_offer_name AS offer,
    CASE
        WHEN c.ChargeClass = 'Correction'
            THEN if(c.x_kind = 'server', 'servers in ', 'images in ') || strftime(c.x_corrected_month, '%Y-%m')
        WHEN c.x_source = 'usage' THEN 'what was charged in the days of the trial'
        ELSE c.ChargeDescription
    END AS what,
    c.BillingCurrency AS currency,
    count(*) AS lines,
    sum(c.BilledCost)::DECIMAL(38, 18) AS billed,
    sum(c.EffectiveCost)::DECIMAL(38, 18) AS cost
FROM charge AS c
WHERE
    (c.ChargeClass = 'Correction' OR c.ChargeCategory IN ('Credit', 'Tax', 'Adjustment'))
    AND c.ChargePeriodStart < $as_of
    AND ($month IS NULL OR c.BillingPeriodStart = $month)
    AND ($region IS NULL OR c.RegionId = $region)
    AND ($tenant IS NULL OR c.SubAccountId = $tenant)
GROUP BY ALL
ORDER BY month DESC, kind, currency, abs(sum(c.BilledCost)) DESC, tenant, offer, what
