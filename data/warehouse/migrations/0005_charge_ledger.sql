-- What use cost is a ledger: rows that are written by metering, not a view that is computed anew each time.
-- FOCUS writes its names in mixed case (CP02), a lambda and columns() are written in small letters (CP01), what a
-- lambda names belongs to no table (RF03), and the columns stand in FOCUS's order, or as the table has them (ST06):
-- sqlfluff:exclude_rules:CP01,CP02,RF03,ST06

DROP VIEW charge_focus_1_4;

DROP VIEW charge;

DROP MACRO TABLE charge_until;

-- All that a price says, as JSON; the view price_version has it in columns, with what holds where it says nothing.
ALTER TABLE price ADD COLUMN terms VARCHAR;

UPDATE price
SET terms = CASE pricing_model
    WHEN 'free' THEN '{"model":"free"}'
    ELSE to_json({ 'model': pricing_model, 'amount': amount::VARCHAR, 'currency': currency })::VARCHAR
END;

-- What a server of a flavor costs an hour, from valid_from (inclusive) until valid_to (exclusive).
CREATE TABLE flavor_price (
    price_id VARCHAR NOT NULL,
    flavor VARCHAR NOT NULL,
    hourly DECIMAL(18, 9) NOT NULL,
    currency VARCHAR NOT NULL,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

ALTER TABLE flavor DROP COLUMN hourly;

ALTER TABLE flavor DROP COLUMN currency;

-- It has to be loaded anew.
DELETE FROM reference_version;

-- An offer's use paid upfront: for so many servers at once, from starts_at (inclusive) until ends_at (exclusive).
-- upfront is for one server; hourly is the list price of an hour, as the price version said when it was bought.
CREATE TABLE contract (
    contract_id VARCHAR NOT NULL,
    offer_id VARCHAR NOT NULL,
    price_id VARCHAR NOT NULL,
    tenant VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    servers INTEGER NOT NULL,
    upfront DECIMAL(18, 9) NOT NULL,
    hourly DECIMAL(18, 9) NOT NULL,
    currency VARCHAR NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    bought_at TIMESTAMPTZ NOT NULL
);

-- Money given back: for an offer or in general; refund_of is the month whose charges it takes back.
CREATE TABLE credit (
    credit_id VARCHAR NOT NULL,
    tenant VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    offer_id VARCHAR,
    amount DECIMAL(18, 9) NOT NULL,
    currency VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    refund_of DATE,
    granted_by VARCHAR NOT NULL,
    granted_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE charge (
    ChargePeriodStart TIMESTAMPTZ NOT NULL,
    ChargePeriodEnd TIMESTAMPTZ NOT NULL,
    BillingPeriodStart TIMESTAMPTZ NOT NULL,
    BillingPeriodEnd TIMESTAMPTZ NOT NULL,
    BillingAccountId VARCHAR NOT NULL,
    BillingAccountName VARCHAR NOT NULL,
    BillingAccountType VARCHAR NOT NULL,
    SubAccountId VARCHAR NOT NULL,
    SubAccountName VARCHAR NOT NULL,
    SubAccountType VARCHAR NOT NULL,
    ChargeCategory VARCHAR NOT NULL,
    ChargeClass VARCHAR,
    ChargeDescription VARCHAR NOT NULL,
    ChargeFrequency VARCHAR NOT NULL,
    PricingCategory VARCHAR,
    PricingQuantity DECIMAL(18, 9),
    PricingUnit VARCHAR,
    ConsumedQuantity DECIMAL(18, 9),
    ConsumedUnit VARCHAR,
    ListUnitPrice DECIMAL(18, 9),
    ContractedUnitPrice DECIMAL(18, 9),
    ListCost DECIMAL(36, 18) NOT NULL,
    ContractedCost DECIMAL(36, 18) NOT NULL,
    BilledCost DECIMAL(36, 18) NOT NULL,
    EffectiveCost DECIMAL(36, 18) NOT NULL,
    BillingCurrency VARCHAR NOT NULL,
    PricingCurrency VARCHAR,
    PricingCurrencyListUnitPrice DECIMAL(18, 9),
    PricingCurrencyContractedUnitPrice DECIMAL(18, 9),
    PricingCurrencyEffectiveCost DECIMAL(36, 18),
    ProviderName VARCHAR NOT NULL,
    PublisherName VARCHAR NOT NULL,
    InvoiceIssuerName VARCHAR NOT NULL,
    InvoiceId VARCHAR,
    ServiceName VARCHAR NOT NULL,
    ServiceCategory VARCHAR NOT NULL,
    ServiceSubcategory VARCHAR NOT NULL,
    SkuId VARCHAR,
    SkuPriceId VARCHAR,
    SkuMeter VARCHAR,
    SkuPriceDetails VARCHAR,
    ResourceId VARCHAR,
    ResourceName VARCHAR,
    ResourceType VARCHAR,
    RegionId VARCHAR,
    RegionName VARCHAR,
    AvailabilityZone VARCHAR,
    Tags VARCHAR,
    CapacityReservationId VARCHAR,
    CapacityReservationStatus VARCHAR,
    CommitmentDiscountCategory VARCHAR,
    CommitmentDiscountId VARCHAR,
    CommitmentDiscountName VARCHAR,
    CommitmentDiscountQuantity DECIMAL(18, 9),
    CommitmentDiscountStatus VARCHAR,
    CommitmentDiscountType VARCHAR,
    CommitmentDiscountUnit VARCHAR,
    x_kind VARCHAR NOT NULL,
    x_source VARCHAR NOT NULL,
    x_server_id VARCHAR,
    x_offer_id VARCHAR,
    x_offer_name VARCHAR,
    x_publisher VARCHAR,
    x_offered_image_id VARCHAR,
    x_image_id VARCHAR,
    x_flavor VARCHAR,
    x_vcpus INTEGER,
    x_state VARCHAR,
    x_price_id VARCHAR,
    x_pricing_model VARCHAR,
    x_stretch_started_at TIMESTAMPTZ,
    x_used_seconds DECIMAL(18, 6),
    x_corrected_month TIMESTAMPTZ
);

-- A month of UTC whose invoices are final: its charges are never rewritten.
CREATE TABLE closed_month (
    month_begins TIMESTAMPTZ NOT NULL,
    tax_percent DECIMAL(9, 6) NOT NULL,
    closed_at TIMESTAMPTZ NOT NULL
);

-- What a tenant has to pay for a closed month, in one currency: subtotal and tax exactly, the rounding to the cent, and
-- the total, which is what the charges with that InvoiceId add up to.
CREATE TABLE invoice (
    invoice_id VARCHAR NOT NULL,
    month_begins TIMESTAMPTZ NOT NULL,
    tenant VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    subtotal DECIMAL(36, 18) NOT NULL,
    tax DECIMAL(36, 18) NOT NULL,
    rounding DECIMAL(36, 18) NOT NULL,
    total DECIMAL(36, 18) NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL
);

-- Which category each subcategory of services belongs to (FOCUS 1.2, ServiceSubcategory).
CREATE TABLE focus_subcategory (
    subcategory VARCHAR NOT NULL,
    category VARCHAR NOT NULL
);

-- Each time use was turned into charges: which month, until when, and how many rows that wrote and took back.
CREATE TABLE metering (
    month_begins TIMESTAMPTZ NOT NULL,
    metered_until TIMESTAMPTZ NOT NULL,
    added BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    corrected BIGINT NOT NULL,
    flow_run_id VARCHAR,
    metered_at TIMESTAMPTZ NOT NULL
);

-- Price versions with their terms in columns, and with what holds where a price does not say. What they mean:
-- docs/pricing.md.
CREATE VIEW price_version AS
WITH told AS (
    SELECT
        p.*,
        coalesce(p.valid_to, 'infinity') AS valid_until,
        p.terms::JSON AS said
    FROM price AS p
)

SELECT
    t.price_id,
    t.offer_id,
    t.pricing_model,
    t.amount,
    t.currency,
    t.unit,
    t.valid_from,
    t.valid_until,
    coalesce((t.said ->> '$.lineage')::BOOLEAN, TRUE) AS lineage,
    coalesce(t.said ->> '$.granularity', 'second') AS granularity,
    coalesce(t.said ->> '$.rounding', 'none') AS rounding,
    coalesce((t.said ->> '$.min_seconds')::INTEGER, 0) AS min_seconds,
    coalesce(t.said ->> '$.aggregation', 'start') AS aggregation,
    CASE
        WHEN t.pricing_model IN ('monthly', 'one_time', 'yearly') THEN map(['running', 'stopped'], [1.0, 1.0])
        ELSE coalesce((t.said -> '$.billable_states')::MAP (VARCHAR, DECIMAL(9, 6)), map(['running'], [1.0]))
    END::MAP (VARCHAR, DECIMAL(9, 6)) AS billable_states,
    coalesce(t.said ->> '$.time_zone', 'UTC') AS time_zone,
    coalesce(t.said ->> '$.per', 'server') AS per,
    coalesce(t.said ->> '$.proration', 'none') AS proration,
    (t.said -> '$.amounts')::MAP (VARCHAR, DECIMAL(18, 9)) AS amounts,
    coalesce(
        from_json(t.said -> '$.tiers', '[{"up_to":"DECIMAL(18,9)","amount":"DECIMAL(18,9)"}]'),
        [{ 'up_to': NULL, 'amount': t.amount }]
    ) AS tiers,
    (t.said ->> '$.amount')::DECIMAL(18, 9) AS other_amount,
    coalesce(t.said ->> '$.mode', 'graduated') AS tier_mode,
    (t.said ->> '$.minimum')::DECIMAL(18, 9) AS minimum,
    (t.said ->> '$.trial.days')::INTEGER AS trial_days,
    (t.said ->> '$.trial.servers')::INTEGER AS trial_servers,
    (t.said ->> '$.trial.credit')::DECIMAL(18, 9) AS trial_credit,
    (t.said ->> '$.upfront')::DECIMAL(18, 9) AS upfront,
    coalesce((t.said ->> '$.months')::INTEGER, 12) AS contract_months
FROM told AS t;

-- FOCUS 1.4: the seller is ServiceProviderName, the cloud HostProviderName; tax takes effect as it is billed (1.2 taxes
-- each cost by itself); what nothing is said of here is empty.
CREATE VIEW focus_1_4 AS
SELECT
    columns(
        lambda name: name NOT IN ('ProviderName', 'PublisherName', 'EffectiveCost') AND NOT starts_with(name, 'x_')
    ),
    CASE c.ChargeCategory WHEN 'Tax' THEN c.BilledCost ELSE c.EffectiveCost END AS EffectiveCost,
    c.PublisherName AS ServiceProviderName,
    c.ProviderName AS HostProviderName,
    NULL::VARCHAR AS InvoiceDetailId,
    NULL::VARCHAR AS AllocatedMethodId,
    NULL::VARCHAR AS AllocatedMethodDetails,
    NULL::VARCHAR AS AllocatedResourceId,
    NULL::VARCHAR AS AllocatedResourceName,
    NULL::VARCHAR AS AllocatedTags,
    NULL::VARCHAR AS ContractApplied,
    NULL::VARCHAR AS CommitmentProgramEligibilityDetails,
    columns('x_.*')
FROM charge AS c;

COMMENT ON TABLE charge IS 'What use cost, in the columns of FOCUS 1.2: a row a server, price and day at most.';
COMMENT ON COLUMN charge.x_kind IS 'server: the flavor; image: the Marketplace offer; account: tax, rounding, credits.';
COMMENT ON COLUMN charge.x_source IS 'usage: metered; credit: granted; closing: tax and rounding of the invoice.';
COMMENT ON COLUMN charge.x_server_id IS 'The server that the charge is about, also where ResourceId is a contract.';
COMMENT ON COLUMN charge.x_offer_id IS 'The offer the image of the server stems from; on server rows too.';
COMMENT ON COLUMN charge.x_image_id IS 'The image the server ran; x_offered_image_id is the one on sale.';
COMMENT ON COLUMN charge.x_used_seconds IS 'How long the server was used, before any rounding; 0 of what is no time.';
COMMENT ON COLUMN charge.x_corrected_month IS 'Of a correction: the closed month that it corrects.';
COMMENT ON TABLE contract IS 'Use of an offer paid upfront, for so many servers at once.';
COMMENT ON TABLE credit IS 'Money given back to tenants; refund_of is the month whose charges it takes back.';
COMMENT ON TABLE invoice IS 'What a tenant has to pay for a closed month, in one currency.';
COMMENT ON TABLE closed_month IS 'Months whose charges are final.';
COMMENT ON TABLE metering IS 'Each time use was turned into charges.';
COMMENT ON TABLE flavor_price IS 'What a server of a flavor costs an hour, and from when until when.';
