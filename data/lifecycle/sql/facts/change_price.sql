-- inputs: request, resolved_offer
-- creates: table fact
WITH newest AS (
    SELECT
        p.offer_id,
        max(p.valid_from) AS last_price_from,
        arg_max(CASE WHEN m.has_currency THEN p.currency END, p.valid_from) AS currency
    FROM price AS p
    INNER JOIN price_model AS m ON p.pricing_model = m.pricing_model
    GROUP BY p.offer_id
)

SELECT
    r.row,
    r.actor,
    r.region,
    r.offer,
    o.publisher,
    i.owner AS seller,
    coalesce(m.matches, 0) AS offer_matches,
    o.withdrawn_at IS NULL AS on_sale,
    r.valid_from,
    r.happened_at,
    newest.last_price_from,
    newest.currency,
    r.price ->> '$.currency' AS new_currency
FROM request AS r
LEFT JOIN resolved_offer AS m ON r.row = m.row
LEFT JOIN offer AS o ON m.offer_id = o.offer_id
LEFT JOIN image AS i ON o.image_id = i.image_id
LEFT JOIN newest ON m.offer_id = newest.offer_id
