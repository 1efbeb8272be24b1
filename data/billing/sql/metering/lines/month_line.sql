-- One row: the monthly amount of a server, or of a tenant, with use in the month of the price's zone. The first such
-- use sets the price. nanos: the share of the amount, in billionths.
-- inputs: metered_usage
WITH subject AS (
    SELECT
        p.*,
        CASE p.per WHEN 'server' THEN p.server_id END AS subject,
        row_number() OVER of_month AS nth,
        max(p.ends) OVER (PARTITION BY p.tenant, p.offer_id, p.per, p.time_zone, subject, p.local_month) AS last_end
    FROM metered_usage AS p
    WHERE
        p.basis = 'month' AND p.cover = 'charged'
        AND p.local_month = getvariable('month_begins') AT TIME ZONE 'UTC'
    WINDOW of_month AS (
        PARTITION BY p.tenant, p.offer_id, p.per, p.time_zone, subject, p.local_month
        ORDER BY p.begins, p.server_id
    )
),

-- Days are dates in the price's zone. A month there can have a day of 23 or 25 hours, so its length in time is that
-- between its first moments, not a number of days.
dated AS (
    SELECT
        s.*,
        epoch_us(timezone(s.time_zone, s.local_month)) AS zone_begins,
        epoch_us(timezone(s.time_zone, s.local_month + INTERVAL 1 MONTH)) AS zone_ends,
        datediff(
            'day',
            timezone(s.time_zone, make_timestamptz(s.begins)),
            timezone(s.time_zone, make_timestamptz(s.last_end - 1))
        ) + 1 AS days
    FROM subject AS s
    WHERE s.nth = 1
),

shared AS (
    SELECT
        d.*,
        CASE d.proration
            WHEN 'day_30' THEN least(share_of(d.days, 30), 1000000000)
            WHEN 'day_of_month'
                THEN share_of(d.days, datediff('day', d.local_month, d.local_month + INTERVAL 1 MONTH))
            WHEN 'second' THEN share_of(d.last_end - d.begins, d.zone_ends - d.zone_begins)
            ELSE 1000000000
        END AS share
    FROM dated AS d
)

SELECT
    'month' AS line_kind,
    s.begins,
    s.zone_ends AS ends,
    s.tenant,
    s.region,
    s.subject AS server_id,
    CASE WHEN s.subject IS NOT NULL THEN s.server_name END AS server_name,
    s.image_id,
    0 AS used_us,
    s.offer_id,
    s.price_id,
    s.pricing_model,
    s.unit,
    s.currency,
    s.share AS nanos,
    s.amount AS list_price,
    s.amount AS unit_price,
    (s.amount * quantity(s.share))::DECIMAL(36, 18) AS billed,
    billed AS effective,
    s.price_id AS price_version_id
FROM shared AS s
