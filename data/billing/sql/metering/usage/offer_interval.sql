-- One row: the part of a usage interval in which one price version is valid, of offers that need history.
-- run_begins: the start of the run, that is of adjoining intervals of one server in one state with one offer. A resize
-- does not begin a new run, so rounding and min_seconds go on as well.
-- begins, ends, run_begins, least_us, granule_us: microseconds. amount: an hour at the full rate, in currency.
-- inputs: dated_price, sold_offer, state_rate, usage_interval
-- creates: table offer_interval
WITH begun AS (
    SELECT
        u.*,
        (lag(u.ends) OVER run IS DISTINCT FROM u.begins) AS begins_run
    FROM usage_interval AS u
    INNER JOIN sold_offer AS o ON u.offer_id = o.offer_id
    WHERE o.needs_history
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
    row_number() OVER () AS interval_id,
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
    -- a state that costs nothing is kept, because a commitment can cover it
    coalesce(r.rate, 0) AS rate,
    v.price_id,
    v.pricing_model,
    v.currency,
    v.unit,
    v.basis,
    v.amount_by,
    v.counts_vcpus,
    v.allows_trial,
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
    CASE v.amount_by
        WHEN 'flavor' THEN coalesce(v.amounts[u.flavor], v.other_amount)
        WHEN 'tier' THEN v.tiers[1].amount
        ELSE v.amount
    END AS amount
FROM run AS u
INNER JOIN sold_offer AS o ON u.offer_id = o.offer_id
INNER JOIN dated_price AS v ON u.offer_id = v.offer_id
LEFT JOIN state_rate AS r ON v.price_id = r.price_id AND u.state = r.state
WHERE
    u.begins < v.valid_until_us AND u.ends > v.valid_from_us
    AND (v.lineage OR u.image_id = o.offered_image_id)
