SELECT
    'a contract is for an offer that never was' AS problem,
    c.contract_id AS thing,
    c.offer_id AS detail
FROM contract AS c
ANTI JOIN offer AS o ON c.offer_id = o.offer_id;

SELECT
    'a contract has no price of its offer' AS problem,
    c.contract_id AS thing,
    c.price_id AS detail
FROM contract AS c
ANTI JOIN price AS p ON c.price_id = p.price_id AND c.offer_id = p.offer_id;
