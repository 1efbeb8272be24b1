-- Which offers each image carries, since when, and what of their prices needs more than the month that is metered: a
-- long one asks for all the use that ever was (its first moment, its runs), a plain one only for hours as they are.
CREATE OR REPLACE TEMP TABLE carried AS
SELECT
    i.image_id,
    i.published_at,
    max(i.offer_id) AS offer_id
FROM image_offer AS i
GROUP BY i.image_id, i.published_at;

CREATE OR REPLACE TEMP TABLE version AS
SELECT
    p.*,
    epoch_us(p.valid_from) AS valid_from_us,
    epoch_us(least(p.valid_until, TIMESTAMPTZ '9999-01-01 00:00:00+00')) AS valid_until_us,
    p.pricing_model IN ('free', 'byol', 'hourly', 'vcpu_hourly', 'flavor_hourly')
    AND p.rounding = 'none' AND p.min_seconds = 0 AND p.minimum IS NULL AND p.trial_days IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM contract AS c
        WHERE c.offer_id = p.offer_id
    ) AS plain,
    p.pricing_model NOT IN ('monthly', 'one_time', 'yearly') AS timed,
    p.rounding = 'none' AND p.min_seconds = 0 AS exact,
    CASE p.granularity WHEN 'hour' THEN 3600000000 WHEN 'minute' THEN 60000000 ELSE 1000000 END::BIGINT AS granule_us
FROM price_version AS p;

CREATE OR REPLACE TEMP TABLE sold AS
SELECT
    o.offer_id,
    o.name AS offer_name,
    o.publisher,
    o.image_id AS offered_image_id,
    i.owner AS seller,
    o.withdrawn_at,
    coalesce(NOT bool_and(v.plain), FALSE) AS long
FROM offer AS o
LEFT JOIN image AS i ON o.image_id = i.image_id
LEFT JOIN version AS v ON o.offer_id = v.offer_id
GROUP BY o.offer_id, o.name, o.publisher, o.image_id, i.owner, o.withdrawn_at;

-- What each state costs of an hour's amount; states that cost nothing are left out.
CREATE OR REPLACE TEMP TABLE rate AS
SELECT
    v.price_id,
    e.entry.key AS state,
    e.entry.value AS rate
FROM version AS v
CROSS JOIN LATERAL (SELECT unnest(map_entries(v.billable_states)) AS entry) AS e
WHERE e.entry.value > 0;

-- In what currency servers of each flavor are paid: what is free is 0 in that.
CREATE OR REPLACE TEMP TABLE cloud_currency AS
SELECT
    f.flavor,
    arg_max(f.currency, f.valid_from) AS currency
FROM flavor_price AS f
GROUP BY f.flavor;

-- Charges of offers whose prices ask for more than hours as they are; nanos are billionths of the unit.
CREATE OR REPLACE TEMP TABLE line (
    what VARCHAR,
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
    version_id VARCHAR,
    tier BIGINT,
    pricing_model VARCHAR,
    unit VARCHAR,
    currency VARCHAR,
    nanos BIGINT,
    list_price DECIMAL(18, 9),
    unit_price DECIMAL(18, 9),
    billed DECIMAL(36, 18),
    effective DECIMAL(36, 18),
    term_id VARCHAR,
    term_nanos BIGINT
)
