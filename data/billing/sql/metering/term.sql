-- What was paid upfront: of a yearly price a term a server, one after the other; of contracts those that were bought.
-- upfront is what the term of one server costs.
CREATE OR REPLACE TEMP TABLE term AS
WITH RECURSIVE yearly AS (
    SELECT
        p.server_id,
        p.offer_id,
        min(p.begins) AS begins,
        arg_min(p.price_id, p.begins) AS price_id
    FROM part AS p
    WHERE p.pricing_model = 'yearly'
    GROUP BY p.server_id, p.offer_id
    UNION ALL
    SELECT
        y.server_id,
        y.offer_id,
        min(greatest(p.begins, year_after(y.begins))) AS begins,
        arg_min(p.price_id, greatest(p.begins, year_after(y.begins))) AS price_id
    FROM yearly AS y
    INNER JOIN part AS p
        ON y.server_id = p.server_id AND y.offer_id = p.offer_id AND p.ends > year_after(y.begins)
    WHERE p.pricing_model = 'yearly'
    GROUP BY y.server_id, y.offer_id, y.begins
)

SELECT
    concat_ws('/', y.offer_id, y.server_id, strftime(make_timestamptz(y.begins), '%Y-%m-%d')) AS term_id,
    'yearly' AS pricing_model,
    y.offer_id,
    s.owner AS tenant,
    s.region,
    y.server_id,
    y.price_id,
    1 AS servers,
    v.amount AS upfront,
    NULL::DECIMAL(18, 9) AS list_price,
    v.currency,
    y.begins,
    year_after(y.begins) AS ends
FROM yearly AS y
INNER JOIN version AS v ON y.price_id = v.price_id
INNER JOIN server AS s ON y.server_id = s.server_id
UNION ALL
SELECT
    c.contract_id AS term_id,
    'contract' AS pricing_model,
    c.offer_id,
    c.tenant,
    c.region,
    NULL AS server_id,
    c.price_id,
    c.servers,
    c.upfront,
    c.hourly AS list_price,
    c.currency,
    epoch_us(c.starts_at) AS begins,
    epoch_us(c.ends_at) AS ends
FROM contract AS c
WHERE c.starts_at < getvariable('reach');

ALTER TABLE term ADD COLUMN unit_price DECIMAL(18, 9);

UPDATE term
SET unit_price = hourly_of(upfront, ends - begins);

-- The first days of a tenant with an offer.
CREATE OR REPLACE TEMP TABLE trial AS
SELECT
    p.tenant,
    p.offer_id,
    min(p.begins) AS begins,
    min(p.begins) + any_value(v.trial_days) * 86400000000 AS ends,
    any_value(v.trial_servers) AS servers,
    any_value(v.trial_credit) AS credit
FROM part AS p
INNER JOIN (
    SELECT
        f.tenant,
        f.offer_id,
        arg_min(f.price_id, f.begins) AS price_id
    FROM part AS f
    WHERE f.rate > 0
    GROUP BY f.tenant, f.offer_id
) AS first ON p.tenant = first.tenant AND p.offer_id = first.offer_id
INNER JOIN version AS v ON first.price_id = v.price_id
WHERE v.trial_days IS NOT NULL AND p.rate > 0
GROUP BY p.tenant, p.offer_id
