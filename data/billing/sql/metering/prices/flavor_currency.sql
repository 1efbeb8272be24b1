-- One row: the currency in which servers of a flavor are charged. A price without currency is 0 in this one.
-- creates: table flavor_currency
SELECT
    f.flavor,
    arg_max(f.currency, f.valid_from) AS currency
FROM flavor_price AS f
GROUP BY f.flavor
