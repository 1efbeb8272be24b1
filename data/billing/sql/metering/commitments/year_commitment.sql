-- One row: a year of one server that was paid upfront at a price by the year. begins, ends: microseconds since 1970.
-- upfront: the price of the year, in currency.
-- Each year begins at the first use at a price by the year that the year before does not cover. So a server that
-- does not exist when its year ends starts the next one when it is used again.
-- inputs: dated_price, offer_interval
-- creates: table year_commitment
WITH RECURSIVE by_year AS (
    SELECT
        p.server_id,
        p.offer_id,
        min(p.begins) AS begins,
        arg_min(p.price_id, p.begins) AS price_id
    FROM offer_interval AS p
    WHERE p.basis = 'year'
    GROUP BY p.server_id, p.offer_id
    UNION ALL
    SELECT
        y.server_id,
        y.offer_id,
        min(greatest(p.begins, year_after(y.begins))) AS begins,
        arg_min(p.price_id, greatest(p.begins, year_after(y.begins))) AS price_id
    FROM by_year AS y
    INNER JOIN offer_interval AS p
        ON y.server_id = p.server_id AND y.offer_id = p.offer_id AND p.ends > year_after(y.begins)
    WHERE p.basis = 'year'
    GROUP BY y.server_id, y.offer_id, y.begins
)

SELECT
    concat_ws('/', y.offer_id, y.server_id, strftime(make_timestamptz(y.begins), '%Y-%m-%d')) AS commitment_id,
    v.pricing_model,
    v.commitment_type,
    y.offer_id,
    s.owner AS tenant,
    s.region,
    y.server_id,
    y.price_id,
    y.price_id AS charge_price_id,
    1 AS servers,
    v.amount AS upfront,
    NULL::DECIMAL(18, 9) AS list_price,
    v.currency,
    y.begins,
    year_after(y.begins) AS ends
FROM by_year AS y
INNER JOIN dated_price AS v ON y.price_id = v.price_id
INNER JOIN server AS s ON y.server_id = s.server_id
