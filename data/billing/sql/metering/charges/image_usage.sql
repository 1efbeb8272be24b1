-- One row: time of a server at one plain price version of the offer that its image carries.
-- inputs: dated_price, sold_offer, state_rate, usage_in_month
-- creates: view image_usage
SELECT
    u.* EXCLUDE (first_us, last_us),
    greatest(u.first_us, v.valid_from_us) AS first_us,
    least(u.last_us, v.valid_until_us) AS last_us,
    'image' AS kind,
    v.price_id,
    u.offer_id AS sku_id,
    concat_ws(
        '/', v.price_id, CASE v.amount_by WHEN 'flavor' THEN u.flavor END, nullif(u.state, 'running')
    ) AS sku_price_id,
    v.pricing_model,
    v.amount_by = 'flavor' AS depends_on_flavor,
    v.unit,
    CASE WHEN v.has_currency THEN v.currency ELSE u.cloud_currency END AS currency,
    (r.rate * CASE v.amount_by
        WHEN 'flavor' THEN coalesce(v.amounts[u.flavor], v.other_amount)
        ELSE v.amount
    END)::DECIMAL(18, 9) AS unit_price,
    CASE WHEN v.counts_vcpus THEN u.vcpus ELSE 1 END AS times,
    'Image ' || o.offer_name || ' on server ' || u.server_name AS description
FROM usage_in_month AS u
INNER JOIN sold_offer AS o ON u.offer_id = o.offer_id
INNER JOIN dated_price AS v ON u.offer_id = v.offer_id
INNER JOIN state_rate AS r ON v.price_id = r.price_id AND u.state = r.state
WHERE
    NOT o.needs_history AND v.valid_from_us < u.last_us AND v.valid_until_us > u.first_us
    AND (v.lineage OR u.image_id = o.offered_image_id)
    AND (v.amount_by IS DISTINCT FROM 'flavor' OR coalesce(v.amounts[u.flavor], v.other_amount) IS NOT NULL)
    AND (NOT v.counts_vcpus OR u.vcpus IS NOT NULL)
