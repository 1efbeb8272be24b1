-- inputs: done, fact, request, resolved_offer
-- creates: table priced
SELECT
    m.offer_id,
    r.valid_from,
    r.price AS said,
    coalesce(f.currency, 'EUR') AS currency
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN fact AS f ON d.row = f.row
INNER JOIN resolved_offer AS m ON d.row = m.row
