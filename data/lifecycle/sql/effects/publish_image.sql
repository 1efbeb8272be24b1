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
INNER JOIN resolved_image AS m ON d.row = m.row;

CREATE OR REPLACE TEMP TABLE priced AS
SELECT
    r.new_id AS offer_id,
    r.happened_at AS valid_from,
    r.price AS said,
    'EUR' AS currency
FROM done AS d
INNER JOIN request AS r ON d.row = r.row;

-- then: new_price

UPDATE image
SET
    visibility = 'marketplace',
    published = TRUE,
    updated_at = sold.happened_at
FROM (
    SELECT
        m.image_id,
        r.happened_at
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN resolved_image AS m ON d.row = m.row
) AS sold
WHERE image.image_id = sold.image_id
