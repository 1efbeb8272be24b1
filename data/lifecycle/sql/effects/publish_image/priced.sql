-- inputs: done, request
-- creates: table priced
SELECT
    r.new_id AS offer_id,
    r.happened_at AS valid_from,
    r.price AS said,
    'EUR' AS currency
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
