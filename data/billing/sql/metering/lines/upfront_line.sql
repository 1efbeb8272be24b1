-- One row: the upfront payment of a commitment that begins in the month. It is billed in full, and its effective cost
-- is 0: the used and unused lines have it.
-- inputs: commitment
SELECT
    'upfront' AS line_kind,
    t.begins,
    t.begins + 3600000000 AS ends,
    t.tenant,
    t.region,
    t.server_id,
    0 AS used_us,
    t.offer_id,
    t.charge_price_id AS price_id,
    t.pricing_model,
    'Units' AS unit,
    t.currency,
    t.servers::BIGINT * 1000000000 AS nanos,
    t.upfront AS list_price,
    t.upfront AS unit_price,
    (t.upfront * t.servers)::DECIMAL(36, 18) AS billed,
    0 AS effective,
    t.commitment_id,
    t.price_id AS price_version_id,
    t.servers * (nano_hours(t.ends) - nano_hours(t.begins)) AS commitment_nanos
FROM commitment AS t
WHERE
    t.begins >= epoch_us(getvariable('month_begins')) AND t.begins < epoch_us(getvariable('month_ends'))
    AND t.begins < epoch_us(getvariable('reach'))
