-- inputs: done, request, resolved_image
INSERT INTO offer BY NAME
SELECT
    r.new_id AS offer_id,
    r.offer AS name,
    m.image_id,
    coalesce(r.publisher, r.actor) AS publisher,
    r.price ->> '$.model' AS pricing_model,
    r.happened_at AS published_at
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN resolved_image AS m ON d.row = m.row
