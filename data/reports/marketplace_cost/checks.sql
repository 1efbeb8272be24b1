SELECT
    'a cost is not its price times its quantity' AS problem,
    c.ResourceId AS thing,
    c.ChargeDescription AS detail
FROM charge AS c
WHERE c.ListCost IS DISTINCT FROM (c.ListUnitPrice * c.PricingQuantity)::DECIMAL(36, 18);

SELECT
    'a charge lies outside its month' AS problem,
    c.ResourceId AS thing,
    c.ChargePeriodStart::VARCHAR AS detail
FROM charge AS c
WHERE
    c.ChargePeriodStart < c.BillingPeriodStart OR c.ChargePeriodEnd > c.BillingPeriodEnd
    OR c.ChargePeriodStart >= c.ChargePeriodEnd;

SELECT
    'the same use is charged twice' AS problem,
    c.ResourceId AS thing,
    c.x_kind || ' from ' || c.ChargePeriodStart AS detail
FROM charge AS c
QUALIFY
    c.ChargePeriodStart
    < lag(c.ChargePeriodEnd) OVER (PARTITION BY c.ResourceId, c.x_kind ORDER BY c.ChargePeriodStart, c.ChargePeriodEnd);

SELECT
    'an image is charged while its server is not' AS problem,
    c.ResourceId AS thing,
    c.x_stretch_started_at::VARCHAR AS detail
FROM charge AS c
GROUP BY c.ResourceId, c.x_stretch_started_at
HAVING
    coalesce(sum(c.PricingQuantity) FILTER (WHERE c.x_kind = 'image'), 0)
    > coalesce(sum(c.PricingQuantity) FILTER (WHERE c.x_kind = 'server'), 0);
