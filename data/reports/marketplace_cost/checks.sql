SELECT
    'a charge is for an offer that never was' AS problem,
    c.x_offer_id AS thing,
    count(*) || ' charges' AS detail
FROM charge AS c
ANTI JOIN offer AS o ON c.x_offer_id = o.offer_id
WHERE c.x_offer_id IS NOT NULL
GROUP BY c.x_offer_id;
