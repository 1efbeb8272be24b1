-- The parts of spans that each price version holds for, where an offer's terms need more than hours as they are.
-- A run is what adjoins: spans of one state with the same offer. States that cost nothing are there too: what was paid
-- upfront covers them.
CREATE OR REPLACE TEMP TABLE part AS
WITH begun AS (
    SELECT
        u.*,
        (lag(u.ends) OVER run IS DISTINCT FROM u.begins) AS begins_run
    FROM used AS u
    INNER JOIN sold AS o ON u.offer_id = o.offer_id
    WHERE o.long
    WINDOW run AS (PARTITION BY u.server_id, u.state, u.offer_id ORDER BY u.begins)
),

run AS (
    SELECT
        b.*,
        max(CASE WHEN b.begins_run THEN b.begins END)
            OVER (PARTITION BY b.server_id, b.state, b.offer_id ORDER BY b.begins) AS run_begins
    FROM begun AS b
)

SELECT
    row_number() OVER () AS part_id,
    u.use_id,
    u.server_id,
    u.server_name,
    u.tenant,
    u.region,
    u.target,
    u.image_id,
    u.flavor,
    u.vcpus,
    u.state,
    u.offer_id,
    u.started_at,
    u.run_begins,
    greatest(u.begins, v.valid_from_us) AS begins,
    least(u.ends, v.valid_until_us) AS ends,
    coalesce(r.rate, 0) AS rate,
    v.price_id,
    v.pricing_model,
    v.currency,
    v.unit,
    v.timed,
    v.rounding = 'none' AND (v.min_seconds = 0 OR u.state <> 'running') AS exact,
    v.granule_us,
    v.rounding,
    CASE WHEN u.state = 'running' THEN v.min_seconds::BIGINT * 1000000 ELSE 0 END AS least_us,
    v.aggregation,
    v.time_zone,
    v.valid_from_us,
    v.per,
    v.proration,
    v.tiers,
    v.tier_mode,
    v.minimum,
    v.trial_days,
    v.trial_servers,
    v.trial_credit,
    CASE v.pricing_model
        WHEN 'flavor_hourly' THEN coalesce(v.amounts[u.flavor], v.other_amount)
        WHEN 'tiered' THEN v.tiers[1].amount
        ELSE v.amount
    END AS amount
FROM run AS u
INNER JOIN sold AS o ON u.offer_id = o.offer_id
INNER JOIN version AS v ON u.offer_id = v.offer_id
LEFT JOIN rate AS r ON v.price_id = r.price_id AND u.state = r.state
WHERE
    u.begins < v.valid_until_us AND u.ends > v.valid_from_us
    AND (v.lineage OR u.image_id = o.offered_image_id)
