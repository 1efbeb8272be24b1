SELECT
    'an offer has two prices at one time' AS problem,
    p.offer_id AS thing,
    p.valid_from::VARCHAR AS detail
FROM price AS p
QUALIFY p.valid_from < lag(coalesce(p.valid_to, 'infinity')) OVER (PARTITION BY p.offer_id ORDER BY p.valid_from);

SELECT
    'a price is for no offer' AS problem,
    p.price_id AS thing,
    p.offer_id AS detail
FROM price AS p
ANTI JOIN offer AS o ON p.offer_id = o.offer_id;

SELECT
    'an offer is for an image that never was' AS problem,
    o.offer_id AS thing,
    o.image_id AS detail
FROM offer AS o
ANTI JOIN image AS i ON o.image_id = i.image_id;

WITH on_sale AS (
    SELECT o.image_id
    FROM offer AS o
    WHERE o.withdrawn_at IS NULL
)

SELECT
    'a published image is not on sale' AS problem,
    i.image_id AS thing,
    i.name AS detail
FROM image AS i
ANTI JOIN on_sale ON i.image_id = on_sale.image_id
WHERE i.published AND i.deleted_at IS NULL;

SELECT
    'a free price is not 0' AS problem,
    p.price_id AS thing,
    p.amount::VARCHAR AS detail
FROM price AS p
INNER JOIN price_model AS m ON p.pricing_model = m.pricing_model
WHERE p.amount < 0 OR (NOT m.has_currency AND p.amount <> 0);
