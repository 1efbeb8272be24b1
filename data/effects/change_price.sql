UPDATE price
SET valid_to = changed.valid_from
FROM (
    SELECT
        m.offer_id,
        r.valid_from
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN meant_offer AS m ON d.row = m.row
) AS changed
WHERE price.offer_id = changed.offer_id AND price.valid_to IS NULL;

INSERT INTO price BY NAME
SELECT
    uuidv7()::VARCHAR AS price_id,
    m.offer_id,
    r.price_model AS pricing_model,
    coalesce(r.price_amount, 0) AS amount,
    coalesce(r.price_currency, f.currency, 'EUR') AS currency,
    'Hours' AS unit,
    r.valid_from
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN fact AS f ON d.row = f.row
INNER JOIN meant_offer AS m ON d.row = m.row
