-- One row: time of a server, or of its image, in one day of UTC, with its quantity. nanos: billionths of the unit. As
-- moments are rounded, not lengths, the quantities of days sum up to that of the whole interval.
-- A day is called day (RF04):
-- sqlfluff:exclude_rules:RF04
-- inputs: image_usage, server_usage
-- creates: view daily_usage
WITH daily AS (
    SELECT
        p.*,
        unnest(range(p.first_us // 86400000000 * 86400000000, p.last_us, 86400000000)) AS day
    FROM (
        FROM server_usage
        UNION ALL BY NAME
        FROM image_usage
    ) AS p
)

SELECT
    d.*,
    greatest(d.first_us, d.day) AS begins_us,
    least(d.last_us, d.day + 86400000000) AS ends_us,
    ((nano_hours(ends_us) - nano_hours(begins_us)) * d.times) AS nanos
FROM daily AS d
