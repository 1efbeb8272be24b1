SELECT
    'a month is charged twice' AS problem,
    c.ResourceId AS thing,
    concat(strftime(c.BillingPeriodStart, '%Y-%m'), ' of ', c.x_offer_name) AS detail
FROM charge AS c
INNER JOIN price_model AS m ON c.x_pricing_model = m.pricing_model
WHERE m.basis = 'month' AND c.ChargeFrequency = 'Recurring' AND c.ChargeClass IS NULL
GROUP BY c.BillingPeriodStart, c.SubAccountId, c.x_offer_id, c.x_offer_name, c.ResourceId, c.x_price_id
HAVING count(*) > 1;
