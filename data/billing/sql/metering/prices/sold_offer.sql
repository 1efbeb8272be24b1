-- One row: an offer, its seller, and whether metering must read all its use ever recorded (needs_history), because one
-- of its price versions is not plain.
-- inputs: dated_price
-- creates: table sold_offer
SELECT
    o.offer_id,
    o.name AS offer_name,
    o.publisher,
    o.image_id AS offered_image_id,
    i.owner AS seller,
    o.withdrawn_at,
    coalesce(NOT bool_and(v.plain), FALSE) AS needs_history
FROM offer AS o
LEFT JOIN image AS i ON o.image_id = i.image_id
LEFT JOIN dated_price AS v ON o.offer_id = v.offer_id
GROUP BY o.offer_id, o.name, o.publisher, o.image_id, i.owner, o.withdrawn_at
