SELECT
    'a correction does not say of which month, or what corrects nothing does' AS problem,
    coalesce(c.ResourceId, c.InvoiceId) AS thing,
    c.ChargeDescription AS detail
FROM charge AS c
WHERE (c.ChargeClass IS NULL) <> (c.x_corrected_month IS NULL);

SELECT
    'a credit takes money' AS problem,
    g.credit_id AS thing,
    concat(g.amount, ' ', g.currency) AS detail
FROM credit AS g
WHERE g.amount < 0;
