-- One row: use that a commitment covers. It is billed 0, because the upfront payment was billed; its effective cost is
-- the share of that payment for its time.
-- inputs: commitment, metered_usage
SELECT
    'used' AS line_kind,
    p.begins,
    p.ends,
    p.tenant,
    p.region,
    p.server_id,
    p.server_name,
    p.image_id,
    p.flavor,
    p.vcpus,
    p.state,
    p.started_at,
    p.used_us,
    p.offer_id,
    t.charge_price_id AS price_id,
    t.pricing_model,
    'Hours' AS unit,
    t.currency,
    p.nanos,
    coalesce(t.list_price, t.unit_price) AS list_price,
    t.unit_price,
    0 AS billed,
    -- the difference of two running totals, so that used and unused parts sum up to the upfront payment exactly
    money(
        used_up(t.upfront, p.ends - t.begins, t.ends - t.begins)
        - used_up(t.upfront, p.begins - t.begins, t.ends - t.begins)
    ) AS effective,
    t.commitment_id,
    t.price_id AS price_version_id
FROM metered_usage AS p
INNER JOIN commitment AS t ON p.commitment_id = t.commitment_id
WHERE
    p.cover = 'commitment'
    AND p.begins >= epoch_us(getvariable('month_begins')) AND p.begins < epoch_us(getvariable('month_ends'))
