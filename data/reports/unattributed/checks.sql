SELECT
    'a credit is for an offer that never was' AS problem,
    g.credit_id AS thing,
    g.offer_id AS detail
FROM credit AS g
ANTI JOIN offer AS o ON g.offer_id = o.offer_id
WHERE g.offer_id IS NOT NULL;
