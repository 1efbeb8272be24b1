-- One row: running time of a server at one price of its flavor.
-- inputs: usage_in_month
-- creates: view server_usage
SELECT
    u.* EXCLUDE (first_us, last_us),
    greatest(u.first_us, epoch_us(f.valid_from)) AS first_us,
    least(u.last_us, coalesce(epoch_us(f.valid_to), u.last_us)) AS last_us,
    'server' AS kind,
    f.price_id,
    u.flavor AS sku_id,
    f.price_id AS sku_price_id,
    -- servers have no price model of their own: their flavor has a price for an hour
    'hourly' AS pricing_model,
    TRUE AS depends_on_flavor,
    'Hours' AS unit,
    f.currency,
    f.hourly AS unit_price,
    1 AS times,
    'Server ' || u.server_name || ' on ' || u.flavor AS description
FROM usage_in_month AS u
INNER JOIN flavor_price AS f ON u.flavor = f.flavor AND u.flavor_cloud = f.cloud
WHERE
    u.state = 'running' AND epoch_us(f.valid_from) < u.last_us
    AND coalesce(epoch_us(f.valid_to), u.last_us) > u.first_us
