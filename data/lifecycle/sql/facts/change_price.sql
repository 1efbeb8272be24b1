WITH newest AS (
    SELECT
        offer_id,
        max(valid_from) AS last_price_from,
        arg_max(CASE WHEN pricing_model NOT IN ('free', 'byol') THEN currency END, valid_from) AS currency
    FROM price
    GROUP BY offer_id
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
