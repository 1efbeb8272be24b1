-- Offers and their prices, and what was bought of them and given back for them.
-- inputs: catalogue, sale, tenant
INSERT INTO offer BY NAME
SELECT
    s.offer_id,
    s.name,
    s.image_id,
    t.name AS publisher,
    c.model AS pricing_model,
    moment(s.sold_at) AS published_at,
    moment(s.withdrawn_at) AS withdrawn_at
FROM sale AS s
INNER JOIN tenant AS t ON s.owner = t.owner
INNER JOIN catalogue AS c ON s.place = c.place
