-- inputs: request, resolved_offer
-- creates: table fact
WITH asked AS (
    SELECT
        r.row,
        r.actor,
        r.region,
        r.offer,
        r.happened_at,
        m.offer_id,
        m.matches,
        coalesce(r.starts_at, r.happened_at) AS starts_at
    FROM request AS r
    LEFT JOIN resolved_offer AS m ON r.row = m.row
)

SELECT
    a.row,
    a.actor,
    a.region,
    a.offer,
    o.publisher,
    i.owner AS seller,
    a.starts_at,
    a.happened_at,
    p.price_id,
    p.pricing_model,
    coalesce(a.matches, 0) AS offer_matches,
    o.withdrawn_at IS NULL AS on_sale
FROM asked AS a
LEFT JOIN offer AS o ON a.offer_id = o.offer_id
LEFT JOIN image AS i ON o.image_id = i.image_id
ASOF LEFT JOIN price AS p ON a.offer_id = p.offer_id AND a.starts_at >= p.valid_from
