-- One row: the first use ever of an offer by a server, or by a tenant, at a price that is paid once. All history
-- decides which use is the first, and only that of the month is charged: a second charge is impossible.
-- inputs: offer_interval
WITH first AS (
    SELECT
        p.*,
        CASE p.per WHEN 'server' THEN p.server_id END AS subject
    FROM offer_interval AS p
    WHERE p.basis = 'once'
    QUALIFY
        row_number() OVER (PARTITION BY p.tenant, p.offer_id, p.per, subject ORDER BY p.begins, p.server_id) = 1
)

SELECT
    'once' AS line_kind,
    f.begins,
    f.begins + 3600000000 AS ends,
    f.tenant,
    f.region,
    f.subject AS server_id,
    CASE WHEN f.subject IS NOT NULL THEN f.server_name END AS server_name,
    f.image_id,
    0 AS used_us,
    f.offer_id,
    f.price_id,
    f.pricing_model,
    f.unit,
    f.currency,
    1000000000 AS nanos,
    f.amount AS list_price,
    f.amount AS unit_price,
    f.amount AS billed,
    f.amount AS effective,
    f.price_id AS price_version_id
FROM first AS f
WHERE f.begins >= epoch_us(getvariable('month_begins')) AND f.begins < epoch_us(getvariable('month_ends'))
