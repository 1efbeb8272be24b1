-- One row: an image carries an offer from published_at on. If one moment has several offers, the greatest id counts.
-- creates: table carried_offer
SELECT
    i.image_id,
    i.published_at,
    max(i.offer_id) AS offer_id
FROM image_offer AS i
GROUP BY i.image_id, i.published_at
