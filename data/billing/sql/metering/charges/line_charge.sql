-- One row: a priced line, with the words that FOCUS has for its kind.
-- inputs: flavor_currency, priced_line, sold_offer
-- creates: view line_charge
SELECT
    make_timestamptz(l.begins) AS begins,
    make_timestamptz(l.ends) AS ends,
    'image' AS kind,
    'usage' AS source,
    CASE l.line_kind
        WHEN 'once' THEN 'Purchase' WHEN 'upfront' THEN 'Purchase' WHEN 'credit' THEN 'Credit'
        ELSE 'Usage'
    END AS category,
    CASE l.line_kind
        WHEN 'once' THEN 'One-Time' WHEN 'upfront' THEN 'One-Time' WHEN 'credit' THEN 'One-Time'
        WHEN 'month' THEN 'Recurring' WHEN 'minimum' THEN 'Recurring'
        ELSE 'Usage-Based'
    END AS frequency,
    CASE
        WHEN l.line_kind IN ('used', 'unused') THEN 'Committed'
        WHEN l.line_kind <> 'credit' THEN 'Standard'
    END AS pricing_category,
    l.tenant,
    l.region,
    CASE l.line_kind
        WHEN 'hours' THEN 'Image ' || o.offer_name || ' on server ' || l.server_name
        WHEN 'trial' THEN 'Trial of image ' || o.offer_name || ' on server ' || l.server_name
        WHEN 'used' THEN 'Image ' || o.offer_name || ' on server ' || l.server_name || ', paid upfront'
        WHEN 'unused' THEN 'Image ' || o.offer_name || ', paid upfront and not used'
        WHEN 'upfront' THEN 'Image ' || o.offer_name || ', paid upfront'
        WHEN 'once' THEN 'Image ' || o.offer_name || ', once' || coalesce(' for server ' || l.server_name, '')
        WHEN 'month' THEN 'Image ' || o.offer_name || ', a month' || coalesce(' of server ' || l.server_name, '')
        WHEN 'minimum' THEN 'Image ' || o.offer_name || ', up to the minimum of the month'
        WHEN 'credit' THEN 'Image ' || o.offer_name || ', credit of the trial'
    END AS description,
    quantity(l.nanos) AS quantity,
    CASE l.line_kind WHEN 'credit' THEN 'Units' ELSE l.unit END AS unit,
    l.list_price,
    l.unit_price,
    coalesce((l.list_price * quantity(l.nanos))::DECIMAL(36, 18), l.billed) AS list_cost,
    coalesce((l.unit_price * quantity(l.nanos))::DECIMAL(36, 18), l.billed) AS contracted,
    l.billed,
    l.effective,
    CASE WHEN NOT m.has_currency THEN coalesce(c.currency, l.currency) ELSE l.currency END AS currency,
    CASE WHEN l.line_kind <> 'credit' THEN l.offer_id END AS sku_id,
    CASE WHEN l.line_kind <> 'credit' THEN concat_ws(
        '/', l.price_version_id,
        CASE WHEN l.line_kind IN ('hours', 'trial') AND m.amount_by = 'flavor' THEN l.flavor END,
        CASE WHEN l.line_kind IN ('hours', 'trial') THEN nullif(l.state, 'running') END,
        'tier-' || l.tier,
        CASE
            WHEN l.line_kind IN ('trial', 'upfront', 'minimum') THEN l.line_kind
            WHEN l.line_kind IN ('used', 'unused') THEN 'paid'
        END
    ) END AS sku_price_id,
    l.price_id,
    coalesce(
        CASE WHEN l.line_kind IN ('unused', 'upfront') THEN l.commitment_id END, l.server_id, l.offer_id
    ) AS resource_id,
    coalesce(
        CASE WHEN l.line_kind IN ('unused', 'upfront') THEN o.offer_name END, l.server_name, o.offer_name
    ) AS resource_name,
    CASE
        WHEN l.line_kind IN ('unused', 'upfront') THEN 'Marketplace Contract'
        WHEN l.server_id IS NOT NULL THEN 'Server'
        ELSE 'Marketplace Subscription'
    END AS resource_type,
    l.commitment_id,
    CASE l.line_kind WHEN 'used' THEN 'Used' WHEN 'unused' THEN 'Unused' END AS commitment_status,
    quantity(coalesce(l.commitment_nanos, CASE WHEN l.commitment_id IS NOT NULL THEN l.nanos END)) AS commitment_hours,
    l.server_id,
    l.offer_id,
    l.image_id,
    l.flavor,
    l.vcpus,
    l.state,
    l.pricing_model,
    m.amount_by = 'flavor' AS depends_on_flavor,
    m.commitment AS commitment_type,
    l.started_at,
    l.used_us
FROM priced_line AS l
INNER JOIN sold_offer AS o ON l.offer_id = o.offer_id
LEFT JOIN flavor_currency AS c ON l.flavor = c.flavor
-- a credit has no price model
LEFT JOIN price_model AS m ON l.pricing_model = m.pricing_model
