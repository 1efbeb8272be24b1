-- A price holds until the flavor's next one; a line more in the file is a new price, a past one stays.
INSERT INTO flavor_price BY NAME
SELECT
    concat(p.flavor, '/', strftime(p.valid_from, '%Y-%m-%d')) AS price_id,
    p.flavor,
    p.hourly,
    p.currency,
    p.valid_from,
    lead(p.valid_from) OVER (PARTITION BY p.flavor ORDER BY p.valid_from) AS valid_to
FROM read_csv($file, header = true, types = { 'valid_from': 'TIMESTAMPTZ', 'hourly': 'DECIMAL(18, 9)' }) AS p
