-- One row: use with one cover in one day and month, with its quantity. nanos: billionths of an hour, after rounding and
-- times the vCPUs where the price counts them. used_us: microseconds before rounding.
-- SELECT * passes on what a CTE just listed (AM04), and what EXCLUDE leaves out belongs to no table (RF03):
-- sqlfluff:exclude_rules:AM04,RF03
-- inputs: daily_interval
-- creates: table metered_usage
WITH lasted AS (
    SELECT
        p.*,
        CASE
            -- covered time counts too: a run that goes on after its trial does not start anew
            WHEN p.aggregation = 'start' OR p.exact THEN p.ends - greatest(p.run_begins, p.valid_from_us)
            ELSE sum(p.ends - p.begins) OVER (
                PARTITION BY
                    p.server_id, p.price_id, p.state,
                    CASE p.aggregation WHEN 'hour' THEN p.clock_hour ELSE epoch_us(p.local_month) END
                ORDER BY p.begins
            )::BIGINT
        END AS lasted_us
    FROM daily_interval AS p
),

-- Telescoped rounding: a part costs the rounded length of the aggregation at its end less that at its start. The sum of
-- the parts is then the rounded length of the whole, wherever it is cut: no cut changes a quantity.
rounded AS (
    SELECT
        l.*,
        rounded_us(l.lasted_us, l.rounding, l.granule_us, l.least_us) AS until_end,
        rounded_us(l.lasted_us - (l.ends - l.begins), l.rounding, l.granule_us, l.least_us) AS until_begin
    FROM lasted AS l
),

measured AS (
    SELECT
        r.* EXCLUDE (lasted_us, until_end, until_begin, clock_hour),
        CASE
            -- moments are rounded to billionths of an hour, not lengths: then parts sum up without a remainder
            WHEN r.exact OR r.cover = 'commitment' THEN nano_hours(r.ends) - nano_hours(r.begins)
            ELSE nano_hours(r.until_end) - nano_hours(r.until_begin)
        END AS nano_hours
    FROM rounded AS r
),

-- Join what daily_interval cut at clock hours.
whole AS (
    SELECT
        m.* EXCLUDE (nth_hour, ends, nano_hours),
        max(m.ends) OVER same_interval AS ends,
        max(m.ends) OVER same_interval - m.begins AS used_us,
        (sum(m.nano_hours) OVER same_interval)::BIGINT AS nano_hours
    FROM measured AS m
    WINDOW same_interval AS (PARTITION BY m.interval_id, m.uncut_begins)
    QUALIFY m.nth_hour = 1
)

SELECT
    m.* EXCLUDE (nano_hours, uncut_begins),
    m.nano_hours
    * CASE WHEN m.counts_vcpus AND m.cover <> 'commitment' THEN m.vcpus ELSE 1 END AS nanos
FROM whole AS m
