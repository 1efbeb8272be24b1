-- One row: what the credit of a trial gives back of the charges of one day and region. The credit is used up in the
-- order of days, months and regions: a running total, cut off at the credit.
-- inputs: rated_usage, trial
WITH daily AS (
    SELECT
        h.tenant,
        h.offer_id,
        h.region,
        h.begins // 86400000000 * 86400000000 AS day,
        h.billing_month,
        any_value(h.currency) AS currency,
        any_value(t.credit) AS credit,
        sum(h.billed)::DECIMAL(38, 18) AS charged
    FROM rated_usage AS h
    INNER JOIN trial AS t
        ON h.tenant = t.tenant AND h.offer_id = t.offer_id AND h.begins >= t.begins AND h.begins < t.ends
    WHERE t.credit IS NOT NULL AND h.cover = 'charged'
    GROUP BY h.tenant, h.offer_id, h.region, day, h.billing_month
),

summed AS (
    SELECT
        d.*,
        sum(d.charged)
            OVER (PARTITION BY d.tenant, d.offer_id ORDER BY d.day, d.billing_month, d.region) AS so_far
    FROM daily AS d
),

given_back AS (
    SELECT
        s.*,
        (least(s.so_far - s.charged, s.credit) - least(s.so_far, s.credit))::DECIMAL(36, 18) AS amount
    FROM summed AS s
    WHERE s.billing_month = getvariable('month_begins')
)

SELECT
    'credit' AS line_kind,
    t.day AS begins,
    t.day + 86400000000 AS ends,
    t.tenant,
    t.region,
    0 AS used_us,
    t.offer_id,
    t.currency,
    1000000000 AS nanos,
    t.amount AS billed,
    t.amount AS effective
FROM given_back AS t
WHERE t.amount <> 0
