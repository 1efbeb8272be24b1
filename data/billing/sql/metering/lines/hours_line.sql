-- One row: rated usage of the month. line_kind is trial if a trial covers it, else hours.
-- inputs: rated_usage
SELECT
    CASE h.cover WHEN 'trial' THEN 'trial' ELSE 'hours' END AS line_kind,
    h.begins,
    h.ends,
    h.tenant,
    h.region,
    h.server_id,
    h.server_name,
    h.image_id,
    h.flavor,
    h.vcpus,
    h.state,
    h.started_at,
    h.used_us,
    h.offer_id,
    h.price_id,
    h.tier,
    h.pricing_model,
    h.unit,
    h.currency,
    h.nanos,
    h.list_price,
    h.unit_price,
    h.billed,
    h.billed AS effective,
    h.price_id AS price_version_id
FROM rated_usage AS h
WHERE h.billing_month = getvariable('month_begins')
