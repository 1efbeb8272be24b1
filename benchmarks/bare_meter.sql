-- What a person would write by hand for these prices: spans, servers, flavors and prices joined, cut into days and
-- multiplied, in rows of the same width. No lineage, no terms, no checks; prices and months as they are.
INSERT INTO charge BY NAME
WITH part AS (
    SELECT
        s.server_id, s.image_id, s.flavor, s.state, s.started_at, v.name, v.owner, v.region, f.vcpus,
        greatest(s.started_at, TIMESTAMPTZ '$month') AS since,
        least(coalesce(s.ended_at, TIMESTAMPTZ '$until'), TIMESTAMPTZ '$month' + INTERVAL 1 MONTH) AS till,
        o.offer_id, o.name AS offer_name, o.publisher, o.image_id AS offered_image_id,
        k.kind, k.price_id, k.model, k.unit, k.currency, k.price, k.times
    FROM server_span AS s
    INNER JOIN server AS v ON s.server_id = v.server_id
    INNER JOIN flavor AS f ON s.flavor = f.flavor
    INNER JOIN flavor_price AS fp ON s.flavor = fp.flavor
    LEFT JOIN offer AS o ON s.image_id = o.image_id
    LEFT JOIN price AS p ON o.offer_id = p.offer_id
    CROSS JOIN LATERAL (
        SELECT
            unnest(['server', 'image']) AS kind,
            unnest([fp.price_id, p.price_id]) AS price_id,
            unnest(['hourly', p.pricing_model]) AS model,
            unnest(['Hours', p.unit]) AS unit,
            unnest([fp.currency, p.currency]) AS currency,
            unnest([fp.hourly, p.amount]) AS price,
            unnest([1, CASE p.pricing_model WHEN 'vcpu_hourly' THEN f.vcpus ELSE 1 END]) AS times
    ) AS k
    WHERE
        s.state = 'running' AND s.started_at < TIMESTAMPTZ '$month' + INTERVAL 1 MONTH
        AND coalesce(s.ended_at, 'infinity') > TIMESTAMPTZ '$month' AND k.price_id IS NOT NULL
),

daily AS (
    SELECT *, unnest(generate_series(date_trunc('day', since), till - INTERVAL 1 MICROSECOND, INTERVAL 1 DAY)) AS day
    FROM part
),

timed AS (
    SELECT *, greatest(since, day) AS begins, least(till, day + INTERVAL 1 DAY) AS ends
    FROM daily
),

costed AS (
    SELECT
        *,
        ((epoch_us(ends) * 10 + 18) // 36 - (epoch_us(begins) * 10 + 18) // 36) * times AS nanos,
        (nanos::DECIMAL(18, 0) * 0.000000001::DECIMAL(9, 9))::DECIMAL(18, 9) AS quantity,
        (price::DECIMAL(18, 9) * quantity)::DECIMAL(36, 18) AS cost
    FROM timed
)

SELECT
    begins AS ChargePeriodStart, ends AS ChargePeriodEnd, TIMESTAMPTZ '$month' AS BillingPeriodStart,
    TIMESTAMPTZ '$month' + INTERVAL 1 MONTH AS BillingPeriodEnd, owner AS BillingAccountId,
    owner AS BillingAccountName, 'Tenant' AS BillingAccountType, owner AS SubAccountId, owner AS SubAccountName,
    'Tenant' AS SubAccountType, 'Usage' AS ChargeCategory, NULL AS ChargeClass,
    CASE kind WHEN 'server' THEN 'Server ' || name || ' on ' || flavor ELSE 'Image ' || offer_name || ' on server ' || name END
        AS ChargeDescription,
    'Usage-Based' AS ChargeFrequency, 'Standard' AS PricingCategory, quantity AS PricingQuantity, unit AS PricingUnit,
    quantity AS ConsumedQuantity, unit AS ConsumedUnit, price AS ListUnitPrice, price AS ContractedUnitPrice,
    cost AS ListCost, cost AS ContractedCost, cost AS BilledCost, cost AS EffectiveCost, currency AS BillingCurrency,
    currency AS PricingCurrency, price AS PricingCurrencyListUnitPrice, price AS PricingCurrencyContractedUnitPrice,
    cost AS PricingCurrencyEffectiveCost, 'Imagekeeper Cloud' AS ProviderName,
    CASE kind WHEN 'image' THEN publisher ELSE 'Imagekeeper Cloud' END AS PublisherName,
    'Imagekeeper Cloud' AS InvoiceIssuerName,
    'INV-' || strftime(TIMESTAMPTZ '$month', '%Y%m') || '-' || owner || '-' || currency AS InvoiceId,
    CASE kind WHEN 'image' THEN offer_name ELSE 'Elastic Cloud Server' END AS ServiceName,
    CASE kind WHEN 'server' THEN 'Compute' ELSE 'Other' END AS ServiceCategory,
    CASE kind WHEN 'server' THEN 'Virtual Machines' ELSE 'Other (Other)' END AS ServiceSubcategory,
    CASE kind WHEN 'server' THEN flavor ELSE offer_id END AS SkuId, price_id AS SkuPriceId,
    CASE kind WHEN 'server' THEN 'Server Hours' ELSE 'Marketplace Image ' || unit END AS SkuMeter,
    CASE kind WHEN 'server' THEN '{"InstanceType":"' || flavor || '","CoreCount":' || vcpus || '}' END
        AS SkuPriceDetails,
    server_id AS ResourceId, name AS ResourceName, 'Server' AS ResourceType, region AS RegionId, region AS RegionName,
    kind AS x_kind, 'usage' AS x_source, server_id AS x_server_id, offer_id AS x_offer_id, offer_name AS x_offer_name,
    publisher AS x_publisher, offered_image_id AS x_offered_image_id, image_id AS x_image_id, flavor AS x_flavor,
    vcpus AS x_vcpus, state AS x_state, price_id AS x_price_id, model AS x_pricing_model,
    started_at AS x_stretch_started_at,
    ((epoch_us(ends) - epoch_us(begins))::DECIMAL(18, 0) * 0.000001::DECIMAL(6, 6))::DECIMAL(18, 6) AS x_used_seconds
FROM costed
