-- One row: an interval in which a server had one image, one flavor and one state, with the offer that its image carried
-- at the start. begins, ends: microseconds since 1970, half open. Intervals end at the variable reach, when they still
-- run. Of offers that need no history only what ends after the variable since is here: the month, and the hours by
-- which a month of some time zone extends beyond the month of UTC.
-- inputs: carried_offer, flavor_currency, sold_offer
-- creates: table usage_interval
WITH span AS (
    SELECT
        s.server_id,
        s.image_id,
        s.flavor,
        s.state,
        s.started_at,
        epoch_us(s.started_at) AS begins,
        epoch_us(least(coalesce(s.ended_at, getvariable('reach')), getvariable('reach'))) AS ends
    FROM server_span AS s
    WHERE s.started_at < getvariable('reach') AND (s.ended_at IS NULL OR s.ended_at > s.started_at)
),

carrying AS (
    SELECT
        s.*,
        c.offer_id
    FROM span AS s
    ASOF LEFT JOIN carried_offer AS c ON s.image_id = c.image_id AND s.started_at >= c.published_at
)

SELECT
    row_number() OVER () AS use_id,
    c.* EXCLUDE (offer_id),
    v.name AS server_name,
    v.owner AS tenant,
    v.region,
    v.target,
    v.cloud AS flavor_cloud,
    f.vcpus,
    cloud.currency AS cloud_currency,
    -- sellers do not pay for use of their own image that begins after they withdrew the offer
    CASE WHEN o.withdrawn_at <= c.started_at AND o.seller = v.owner THEN NULL ELSE c.offer_id END AS offer_id
FROM carrying AS c
INNER JOIN server AS v ON c.server_id = v.server_id
LEFT JOIN sold_offer AS o ON c.offer_id = o.offer_id
LEFT JOIN flavor AS f ON c.flavor = f.flavor AND v.cloud = f.cloud
LEFT JOIN flavor_currency AS cloud ON c.flavor = cloud.flavor
WHERE c.ends > epoch_us(getvariable('since')) OR o.needs_history
