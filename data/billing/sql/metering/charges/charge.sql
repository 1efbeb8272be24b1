-- One row: a charge of the month in the columns of the table charge.
-- FOCUS writes its names in mixed case (CP02), the columns stand in FOCUS's order (ST06), and a day is called day
-- (RF04):
-- sqlfluff:exclude_rules:CP02,RF04,ST06
-- inputs: granted_credit, line_charge, sold_offer, usage_charge
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
        WHEN p.category = 'Usage' AND (p.commitment_status IS DISTINCT FROM 'Unused') THEN p.quantity
    END AS ConsumedQuantity,
    CASE
        WHEN p.category = 'Usage' AND (p.commitment_status IS DISTINCT FROM 'Unused') THEN p.unit
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
        WHEN p.depends_on_flavor
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
    CASE WHEN p.commitment_id IS NOT NULL THEN 'Usage' END AS CommitmentDiscountCategory,
    p.commitment_id AS CommitmentDiscountId,
    CASE WHEN p.commitment_id IS NOT NULL THEN o.offer_name END AS CommitmentDiscountName,
    p.commitment_hours AS CommitmentDiscountQuantity,
    p.commitment_status AS CommitmentDiscountStatus,
    CASE WHEN p.commitment_id IS NOT NULL THEN p.commitment_type END AS CommitmentDiscountType,
    CASE WHEN p.commitment_id IS NOT NULL THEN 'Hours' END AS CommitmentDiscountUnit,
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
FROM (
    FROM usage_charge
    UNION ALL BY NAME
    FROM line_charge
    UNION ALL BY NAME
    FROM granted_credit
) AS p
LEFT JOIN sold_offer AS o ON p.offer_id = o.offer_id
