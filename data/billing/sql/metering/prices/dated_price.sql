-- One row: a price version with its terms, the facts of its price model, and what metering derives from both. plain: an
-- hour costs the same whatever was used before it, so metering reads the use of one month only. exact: time is not
-- rounded. granule_us: what time is rounded to. valid_from_us, valid_until_us, granule_us: microseconds.
-- creates: table dated_price
SELECT
    p.*,
    m.basis,
    m.has_currency,
    m.amount_by,
    m.counts_vcpus,
    m.allows_trial,
    m.commitment AS commitment_type,
    epoch_us(p.valid_from) AS valid_from_us,
    epoch_us(least(p.valid_until, TIMESTAMPTZ '9999-01-01 00:00:00+00')) AS valid_until_us,
    NOT m.needs_history
    AND p.rounding = 'none' AND p.min_seconds = 0 AND p.minimum IS NULL AND p.trial_days IS NULL
    -- a contract covers use at all later prices of its offer, so none of them is plain
    AND NOT EXISTS (
        SELECT 1 FROM contract AS c
        WHERE c.offer_id = p.offer_id
    ) AS plain,
    p.rounding = 'none' AND p.min_seconds = 0 AS exact,
    CASE p.granularity WHEN 'hour' THEN 3600000000 WHEN 'minute' THEN 60000000 ELSE 1000000 END::BIGINT AS granule_us
FROM price_version AS p
INNER JOIN price_model AS m ON p.pricing_model = m.pricing_model
