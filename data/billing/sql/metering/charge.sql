-- The charges of the month, in the columns of table charge. Servers, and offers whose hours are charged as they are,
-- come straight from the spans in use; what asks for more comes from the table line.
-- FOCUS writes its names in mixed case (CP02), the columns stand in FOCUS's order (ST06), and a day is called day
-- (RF04):
-- sqlfluff:exclude_rules:CP02,RF04,ST06
WITH in_month AS (
    SELECT
        u.*,
        greatest(u.begins, epoch_us(getvariable('month_begins'))) AS first_us,
        least(u.ends, epoch_us(getvariable('month_ends'))) AS last_us
    FROM used AS u
    WHERE u.begins < epoch_us(getvariable('month_ends')) AND u.ends > epoch_us(getvariable('month_begins'))
),

server_part AS (
    SELECT
        u.* EXCLUDE (first_us, last_us),
        greatest(u.first_us, epoch_us(f.valid_from)) AS first_us,
        least(u.last_us, coalesce(epoch_us(f.valid_to), u.last_us)) AS last_us,
        'server' AS kind,
        f.price_id,
        u.flavor AS sku_id,
        f.price_id AS sku_price_id,
        'hourly' AS pricing_model,
        'Hours' AS unit,
        f.currency,
        f.hourly AS unit_price,
        1 AS times,
        'Server ' || u.server_name || ' on ' || u.flavor AS description
    FROM in_month AS u
    INNER JOIN flavor_price AS f ON u.flavor = f.flavor AND u.flavor_cloud = f.cloud
    WHERE
        u.state = 'running' AND epoch_us(f.valid_from) < u.last_us
        AND coalesce(epoch_us(f.valid_to), u.last_us) > u.first_us
),

image_part AS (
    SELECT
        u.* EXCLUDE (first_us, last_us),
        greatest(u.first_us, v.valid_from_us) AS first_us,
        least(u.last_us, v.valid_until_us) AS last_us,
        'image' AS kind,
        v.price_id,
        u.offer_id AS sku_id,
        concat_ws(
            '/', v.price_id, CASE v.pricing_model WHEN 'flavor_hourly' THEN u.flavor END, nullif(u.state, 'running')
        ) AS sku_price_id,
        v.pricing_model,
        v.unit,
        CASE WHEN v.pricing_model IN ('free', 'byol') THEN u.cloud_currency ELSE v.currency END AS currency,
        (r.rate * CASE v.pricing_model
            WHEN 'flavor_hourly' THEN coalesce(v.amounts[u.flavor], v.other_amount)
            ELSE v.amount
        END)::DECIMAL(18, 9) AS unit_price,
        CASE v.pricing_model WHEN 'vcpu_hourly' THEN u.vcpus ELSE 1 END AS times,
        'Image ' || o.offer_name || ' on server ' || u.server_name AS description
    FROM in_month AS u
    INNER JOIN sold AS o ON u.offer_id = o.offer_id
    INNER JOIN version AS v ON u.offer_id = v.offer_id
    INNER JOIN rate AS r ON v.price_id = r.price_id AND u.state = r.state
    WHERE
        NOT o.long AND v.valid_from_us < u.last_us AND v.valid_until_us > u.first_us
        AND (v.lineage OR u.image_id = o.offered_image_id)
        AND (v.pricing_model <> 'flavor_hourly' OR coalesce(v.amounts[u.flavor], v.other_amount) IS NOT NULL)
        AND (v.pricing_model <> 'vcpu_hourly' OR u.vcpus IS NOT NULL)
),

daily AS (
    SELECT
        p.*,
        unnest(range(p.first_us // 86400000000 * 86400000000, p.last_us, 86400000000)) AS day
    FROM (
        FROM server_part
        UNION ALL BY NAME
        FROM image_part
    ) AS p
),

plain AS (
    SELECT
        d.*,
        greatest(d.first_us, d.day) AS begins_us,
        least(d.last_us, d.day + 86400000000) AS ends_us,
        ((nano_hours(ends_us) - nano_hours(begins_us)) * d.times) AS nanos
    FROM daily AS d
),

priced AS (
    SELECT
        make_timestamptz(p.begins_us) AS begins,
        make_timestamptz(p.ends_us) AS ends,
        p.kind,
        'usage' AS source,
        'Usage' AS category,
        'Usage-Based' AS frequency,
        'Standard' AS pricing_category,
        p.tenant,
        p.region,
        p.target,
        p.description,
        quantity(p.nanos) AS quantity,
        p.unit,
        p.unit_price AS list_price,
        p.unit_price,
        (p.unit_price * quantity(p.nanos))::DECIMAL(36, 18) AS list_cost,
        (p.unit_price * quantity(p.nanos))::DECIMAL(36, 18) AS contracted,
        (p.unit_price * quantity(p.nanos))::DECIMAL(36, 18) AS billed,
        (p.unit_price * quantity(p.nanos))::DECIMAL(36, 18) AS effective,
        p.currency,
        p.sku_id,
        p.sku_price_id,
        p.price_id,
        p.server_id AS resource_id,
        p.server_name AS resource_name,
        'Server' AS resource_type,
        NULL::VARCHAR AS term_id,
        NULL::VARCHAR AS term_status,
        NULL::DECIMAL(18, 9) AS term_hours,
        p.server_id,
        p.offer_id,
        p.image_id,
        p.flavor,
        p.vcpus,
        p.state,
        p.pricing_model,
        p.started_at,
        p.ends_us - p.begins_us AS used_us
    FROM plain AS p
    UNION ALL BY NAME
    SELECT
        make_timestamptz(l.begins) AS begins,
        make_timestamptz(l.ends) AS ends,
        'image' AS kind,
        'usage' AS source,
        CASE l.what
            WHEN 'once' THEN 'Purchase' WHEN 'upfront' THEN 'Purchase' WHEN 'credit' THEN 'Credit'
            ELSE 'Usage'
        END AS category,
        CASE l.what
            WHEN 'once' THEN 'One-Time' WHEN 'upfront' THEN 'One-Time' WHEN 'credit' THEN 'One-Time'
            WHEN 'month' THEN 'Recurring' WHEN 'minimum' THEN 'Recurring'
            ELSE 'Usage-Based'
        END AS frequency,
        CASE
            WHEN l.what IN ('used', 'unused') THEN 'Committed'
            WHEN l.what <> 'credit' THEN 'Standard'
        END AS pricing_category,
        l.tenant,
        l.region,
        CASE l.what
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
        CASE l.what WHEN 'credit' THEN 'Units' ELSE l.unit END AS unit,
        l.list_price,
        l.unit_price,
        coalesce((l.list_price * quantity(l.nanos))::DECIMAL(36, 18), l.billed) AS list_cost,
        coalesce((l.unit_price * quantity(l.nanos))::DECIMAL(36, 18), l.billed) AS contracted,
        l.billed,
        l.effective,
        CASE WHEN l.pricing_model IN ('free', 'byol') THEN coalesce(c.currency, l.currency) ELSE l.currency END
            AS currency,
        CASE WHEN l.what <> 'credit' THEN l.offer_id END AS sku_id,
        CASE WHEN l.what <> 'credit' THEN concat_ws(
            '/', l.version_id,
            CASE WHEN l.what IN ('hours', 'trial') AND l.pricing_model = 'flavor_hourly' THEN l.flavor END,
            CASE WHEN l.what IN ('hours', 'trial') THEN nullif(l.state, 'running') END,
            'tier-' || l.tier,
            CASE
                WHEN l.what IN ('trial', 'upfront', 'minimum') THEN l.what
                WHEN l.what IN ('used', 'unused') THEN 'paid'
            END
        ) END AS sku_price_id,
        l.price_id,
        coalesce(CASE WHEN l.what IN ('unused', 'upfront') THEN l.term_id END, l.server_id, l.offer_id) AS resource_id,
        coalesce(
            CASE WHEN l.what IN ('unused', 'upfront') THEN o.offer_name END, l.server_name, o.offer_name
        ) AS resource_name,
        CASE
            WHEN l.what IN ('unused', 'upfront') THEN 'Marketplace Contract'
            WHEN l.server_id IS NOT NULL THEN 'Server'
            ELSE 'Marketplace Subscription'
        END AS resource_type,
        l.term_id,
        CASE l.what WHEN 'used' THEN 'Used' WHEN 'unused' THEN 'Unused' END AS term_status,
        quantity(coalesce(l.term_nanos, CASE WHEN l.term_id IS NOT NULL THEN l.nanos END)) AS term_hours,
        l.server_id,
        l.offer_id,
        l.image_id,
        l.flavor,
        l.vcpus,
        l.state,
        l.pricing_model,
        l.started_at,
        l.used_us
    FROM line AS l
    INNER JOIN sold AS o ON l.offer_id = o.offer_id
    LEFT JOIN cloud_currency AS c ON l.flavor = c.flavor
    UNION ALL BY NAME
    -- What was given back, as it was granted.
    SELECT
        g.granted_at AS begins,
        g.granted_at + INTERVAL 1 SECOND AS ends,
        CASE WHEN g.offer_id IS NULL THEN 'account' ELSE 'image' END AS kind,
        'credit' AS source,
        'Credit' AS category,
        'One-Time' AS frequency,
        g.tenant,
        g.region,
        CASE
            WHEN g.refund_of IS NULL THEN 'Credit: ' || g.reason
            ELSE 'Refund of ' || strftime(g.refund_of, '%Y-%m') || ': ' || g.reason
        END AS description,
        1 AS quantity,
        'Units' AS unit,
        -g.amount AS list_cost,
        -g.amount AS contracted,
        -g.amount AS billed,
        -g.amount AS effective,
        g.currency,
        g.offer_id,
        0 AS used_us
    FROM credit AS g
    WHERE
        g.granted_at >= getvariable('month_begins') AND g.granted_at < getvariable('month_ends')
        AND g.granted_at < getvariable('until')
)

SELECT
    p.begins AS ChargePeriodStart,
    p.ends AS ChargePeriodEnd,
    getvariable('month_begins') AS BillingPeriodStart,
    getvariable('month_ends') AS BillingPeriodEnd,
    p.tenant AS BillingAccountId,
    p.tenant AS BillingAccountName,
    'Tenant' AS BillingAccountType,
    p.tenant AS SubAccountId,
    p.tenant AS SubAccountName,
    'Tenant' AS SubAccountType,
    p.category AS ChargeCategory,
    NULL::VARCHAR AS ChargeClass,
    p.description AS ChargeDescription,
    p.frequency AS ChargeFrequency,
    p.pricing_category AS PricingCategory,
    p.quantity AS PricingQuantity,
    p.unit AS PricingUnit,
    CASE
        WHEN p.category = 'Usage' AND (p.term_status IS DISTINCT FROM 'Unused') THEN p.quantity
    END AS ConsumedQuantity,
    CASE
        WHEN p.category = 'Usage' AND (p.term_status IS DISTINCT FROM 'Unused') THEN p.unit
    END AS ConsumedUnit,
    p.list_price AS ListUnitPrice,
    p.unit_price AS ContractedUnitPrice,
    p.list_cost AS ListCost,
    p.contracted AS ContractedCost,
    p.billed AS BilledCost,
    p.effective AS EffectiveCost,
    p.currency AS BillingCurrency,
    p.currency AS PricingCurrency,
    p.list_price AS PricingCurrencyListUnitPrice,
    p.unit_price AS PricingCurrencyContractedUnitPrice,
    p.effective AS PricingCurrencyEffectiveCost,
    'Imagekeeper Cloud' AS ProviderName,
    CASE WHEN p.kind = 'image' THEN o.publisher ELSE 'Imagekeeper Cloud' END AS PublisherName,
    'Imagekeeper Cloud' AS InvoiceIssuerName,
    invoice_of(getvariable('month_begins'), p.tenant, p.currency) AS InvoiceId,
    CASE
        WHEN p.kind = 'image' THEN o.offer_name
        WHEN p.kind = 'account' THEN 'Account'
        WHEN p.target = 'bms' THEN 'Bare Metal Server'
        ELSE 'Elastic Cloud Server'
    END AS ServiceName,
    CASE p.kind WHEN 'server' THEN 'Compute' ELSE 'Other' END AS ServiceCategory,
    CASE
        WHEN p.kind <> 'server' THEN 'Other (Other)'
        WHEN p.target = 'bms' THEN 'Other (Compute)'
        ELSE 'Virtual Machines'
    END AS ServiceSubcategory,
    p.sku_id AS SkuId,
    p.sku_price_id AS SkuPriceId,
    CASE
        WHEN p.sku_id IS NULL THEN NULL
        WHEN p.kind = 'server' THEN 'Server Hours'
        ELSE 'Marketplace Image ' || p.unit
    END AS SkuMeter,
    CASE
        WHEN p.kind = 'server' OR p.pricing_model = 'flavor_hourly'
            THEN '{"InstanceType":"' || p.flavor || '","CoreCount":' || coalesce(p.vcpus::VARCHAR, 'null') || '}'
    END AS SkuPriceDetails,
    p.resource_id AS ResourceId,
    p.resource_name AS ResourceName,
    p.resource_type AS ResourceType,
    p.region AS RegionId,
    p.region AS RegionName,
    NULL::VARCHAR AS AvailabilityZone,
    NULL::VARCHAR AS Tags,
    NULL::VARCHAR AS CapacityReservationId,
    NULL::VARCHAR AS CapacityReservationStatus,
    CASE WHEN p.term_id IS NOT NULL THEN 'Usage' END AS CommitmentDiscountCategory,
    p.term_id AS CommitmentDiscountId,
    CASE WHEN p.term_id IS NOT NULL THEN o.offer_name END AS CommitmentDiscountName,
    p.term_hours AS CommitmentDiscountQuantity,
    p.term_status AS CommitmentDiscountStatus,
    CASE
        WHEN p.term_id IS NULL THEN NULL
        WHEN p.pricing_model = 'contract' THEN 'Contract'
        ELSE 'Yearly Subscription'
    END AS CommitmentDiscountType,
    CASE WHEN p.term_id IS NOT NULL THEN 'Hours' END AS CommitmentDiscountUnit,
    p.kind AS x_kind,
    p.source AS x_source,
    p.server_id AS x_server_id,
    p.offer_id AS x_offer_id,
    o.offer_name AS x_offer_name,
    o.publisher AS x_publisher,
    o.offered_image_id AS x_offered_image_id,
    p.image_id AS x_image_id,
    p.flavor AS x_flavor,
    p.vcpus AS x_vcpus,
    p.state AS x_state,
    p.price_id AS x_price_id,
    p.pricing_model AS x_pricing_model,
    p.started_at AS x_stretch_started_at,
    (p.used_us::DECIMAL(18, 0) * 0.000001::DECIMAL(6, 6))::DECIMAL(18, 6) AS x_used_seconds,
    NULL::TIMESTAMPTZ AS x_corrected_month
FROM priced AS p
LEFT JOIN sold AS o ON p.offer_id = o.offer_id
