-- inputs: request, resolved_offer
-- creates: table fact
SELECT
    r.row,
    r.actor,
    r.region,
    r.offer,
    o.publisher,
    i.owner AS seller,
    coalesce(m.matches, 0) AS offer_matches,
    o.withdrawn_at IS NULL AS on_sale
FROM request AS r
LEFT JOIN resolved_offer AS m ON r.row = m.row
LEFT JOIN offer AS o ON m.offer_id = o.offer_id
LEFT JOIN image AS i ON o.image_id = i.image_id
