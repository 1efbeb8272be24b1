-- One row: the part of a commitment that no server used in one day of UTC: its servers' time less the used lines.
-- inputs: commitment, priced_line
WITH held AS (
    SELECT
        t.*,
        unnest(range(
            greatest(t.begins, epoch_us(getvariable('month_begins'))) // 86400000000 * 86400000000,
            least(t.ends, epoch_us(getvariable('month_ends')), epoch_us(getvariable('reach'))),
            86400000000
        )) AS day
    FROM commitment AS t
),

daily AS (
    SELECT
        h.* EXCLUDE (begins, ends),
        h.begins AS commitment_begins,
        h.ends - h.begins AS commitment_length,
        greatest(h.begins, h.day) AS begins,
        least(h.ends, h.day + 86400000000, epoch_us(getvariable('reach'))) AS ends
    FROM held AS h
),

covered AS (
    SELECT
        l.commitment_id,
        l.begins // 86400000000 * 86400000000 AS day,
        sum(l.nanos) AS nanos,
        sum(l.effective) AS effective
    FROM priced_line AS l
    WHERE l.line_kind = 'used'
    GROUP BY l.commitment_id, day
),

left_over AS (
    SELECT
        'unused' AS line_kind,
        d.begins,
        d.ends,
        d.tenant,
        d.region,
        d.server_id,
        0 AS used_us,
        d.offer_id,
        d.charge_price_id AS price_id,
        d.pricing_model,
        'Hours' AS unit,
        d.currency,
        d.servers * (nano_hours(d.ends) - nano_hours(d.begins)) - coalesce(u.nanos, 0) AS nanos,
        coalesce(d.list_price, d.unit_price) AS list_price,
        d.unit_price,
        0 AS billed,
        money(d.servers * (
            used_up(d.upfront, d.ends - d.commitment_begins, d.commitment_length)
            - used_up(d.upfront, d.begins - d.commitment_begins, d.commitment_length)
        )) - coalesce(u.effective, 0) AS effective,
        d.commitment_id,
        d.price_id AS price_version_id
    FROM daily AS d
    LEFT JOIN covered AS u ON d.commitment_id = u.commitment_id AND d.day = u.day
)

SELECT l.*
FROM left_over AS l
WHERE l.nanos > 0 OR l.effective <> 0
