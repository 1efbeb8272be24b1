-- Whether any use needs the long way: all use ever recorded, cut by commitments, trials, time zones and tiers. If not,
-- charges come straight from usage_interval, which is many times faster.
-- inputs: sold_offer, usage_interval
SELECT
    EXISTS (
        SELECT 1 FROM usage_interval AS u
        INNER JOIN sold_offer AS o ON u.offer_id = o.offer_id
        WHERE o.needs_history
    )
    OR EXISTS (SELECT 1 FROM contract) AS needs_history
