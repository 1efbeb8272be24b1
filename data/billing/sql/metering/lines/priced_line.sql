-- One row: a charge of an offer that needs history, before it gets the columns of FOCUS. The files of this folder fill
-- it, one for each line_kind. begins, ends: microseconds since 1970. nanos: billionths of the unit. billed: what the
-- invoice has. effective: what the time costs if an upfront payment is spread over it. price_id: what the charge names
-- as its price; price_version_id: the price version that its SKU names (they differ for contracts).
CREATE OR REPLACE TEMP TABLE priced_line (
    line_kind VARCHAR,
    begins BIGINT,
    ends BIGINT,
    tenant VARCHAR,
    region VARCHAR,
    server_id VARCHAR,
    server_name VARCHAR,
    image_id VARCHAR,
    flavor VARCHAR,
    vcpus INTEGER,
    state VARCHAR,
    started_at TIMESTAMPTZ,
    used_us BIGINT,
    offer_id VARCHAR,
    price_id VARCHAR,
    price_version_id VARCHAR,
    tier BIGINT,
    pricing_model VARCHAR,
    unit VARCHAR,
    currency VARCHAR,
    nanos BIGINT,
    list_price DECIMAL(18, 9),
    unit_price DECIMAL(18, 9),
    billed DECIMAL(36, 18),
    effective DECIMAL(36, 18),
    commitment_id VARCHAR,
    commitment_nanos BIGINT
)
