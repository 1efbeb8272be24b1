-- One row: the difference to the minimum of a month, for a tenant whose charged use at the price version costs less. It
-- is charged only when the month is over in the price's zone, because until then more use may follow.
-- inputs: rated_usage
WITH spent AS (
    SELECT
        h.tenant,
        h.offer_id,
        h.price_id,
        h.pricing_model,
        h.currency,
        h.time_zone,
        h.local_month,
        h.minimum,
        arg_min(h.region, concat(printf('%020d', h.begins), h.server_id)) AS region,
        (h.minimum - sum(h.billed))::DECIMAL(38, 18) AS shortfall
    FROM rated_usage AS h
    WHERE
        h.minimum IS NOT NULL AND h.cover = 'charged'
        AND h.local_month = getvariable('month_begins') AT TIME ZONE 'UTC'
    GROUP BY
        h.tenant, h.offer_id, h.price_id, h.pricing_model, h.currency, h.time_zone, h.local_month, h.minimum
)

SELECT
    'minimum' AS line_kind,
    epoch_us(timezone(s.time_zone, s.local_month)) AS begins,
    epoch_us(timezone(s.time_zone, s.local_month + INTERVAL 1 MONTH)) AS ends,
    s.tenant,
    s.region,
    0 AS used_us,
    s.offer_id,
    s.price_id,
    s.pricing_model,
    'Months' AS unit,
    s.currency,
    1000000000 AS nanos,
    round(s.shortfall, 9)::DECIMAL(18, 9) AS list_price,
    list_price AS unit_price,
    list_price AS billed,
    list_price AS effective,
    s.price_id AS price_version_id
FROM spent AS s
WHERE
    round(s.shortfall, 9) > 0
    AND timezone(s.time_zone, s.local_month + INTERVAL 1 MONTH) <= getvariable('until')
