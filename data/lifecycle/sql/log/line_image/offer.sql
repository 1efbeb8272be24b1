-- inputs: resolved_offer
-- creates: view line_image
SELECT
    m.row,
    t.image_id
FROM resolved_offer AS m
INNER JOIN offer AS t ON m.offer_id = t.offer_id
