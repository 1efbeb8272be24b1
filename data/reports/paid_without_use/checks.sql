SELECT
    'a month is charged twice' AS problem,
    c.ResourceId AS thing,
    concat(strftime(c.BillingPeriodStart, '%Y-%m'), ' of ', c.x_offer_name) AS detail
FROM charge AS c
WHERE c.x_pricing_model = 'monthly' AND c.ChargeFrequency = 'Recurring' AND c.ChargeClass IS NULL
GROUP BY c.BillingPeriodStart, c.SubAccountId, c.x_offer_id, c.x_offer_name, c.ResourceId, c.x_price_id
HAVING count(*) > 1;
