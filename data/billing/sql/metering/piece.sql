-- Stretches cut at the days of UTC, at the months of their price's zone, and, where the hours of the clock are rounded,
-- at the first and the last of those; with how much each is charged, in billionths of an hour (nanos).
-- A lambda is written in small letters (CP01), what it names and what EXCLUDE leaves out belong to no table (RF03), and
-- SELECT * passes on what a CTE just listed (AM04):
-- sqlfluff:exclude_rules:AM04,CP01,RF03
CREATE OR REPLACE TEMP TABLE piece AS
WITH local AS (
    SELECT
        s.*,
        timezone(s.time_zone, make_timestamptz(s.begins)) AS local_begin,
        timezone(s.time_zone, make_timestamptz(s.ends - 1)) AS local_end
    FROM stretch AS s
),

edged AS (
    SELECT
        l.*,
        list_sort(list_distinct(
            range((l.begins // 86400000000 + 1) * 86400000000, l.ends, 86400000000)
            || list_transform(
                range(1, datediff('month', l.local_begin, l.local_end) + 1),
                lambda nth: epoch_us(
                    timezone(l.time_zone, date_trunc('month', l.local_begin) + to_months(nth::INTEGER))
                )
            )
        )) AS edges
    FROM local AS l
),

daily AS (
    SELECT
        e.* EXCLUDE (begins, ends, edges, local_begin, local_end),
        unnest([e.begins] || e.edges) AS begins,
        unnest(e.edges || [e.ends]) AS ends
    FROM edged AS e
),

clocked AS (
    SELECT
        d.*,
        epoch_us(timezone(d.time_zone, make_timestamptz(d.begins))) % 3600000000 AS past_begin,
        epoch_us(timezone(d.time_zone, make_timestamptz(d.ends))) % 3600000000 AS past_end,
        d.aggregation = 'hour' AND NOT d.exact AS by_hour
    FROM daily AS d
),

hourly AS (
    SELECT
        c.*,
        CASE WHEN c.by_hour THEN list_filter(
            list_sort(list_distinct([
                c.begins + (3600000000 - c.past_begin) % 3600000000, c.ends - c.past_end
            ])),
            lambda moment: moment > c.begins AND moment < c.ends
        ) ELSE []::BIGINT[] END AS edges
    FROM clocked AS c
),

cut AS (
    SELECT
        h.* EXCLUDE (begins, ends, edges, past_begin, past_end, by_hour),
        h.begins AS piece_begins,
        unnest(range(1, len(h.edges) + 2)) AS nth_hour,
        unnest([h.begins] || h.edges) AS begins,
        unnest(h.edges || [h.ends]) AS ends
    FROM hourly AS h
),

placed AS (
    SELECT
        c.*,
        date_trunc('month', timezone(c.time_zone, make_timestamptz(c.begins))) AS local_month,
        c.begins - epoch_us(timezone(c.time_zone, make_timestamptz(c.begins))) % 3600000000 AS clock_hour
    FROM cut AS c
),

lasted AS (
    SELECT
        p.*,
        CASE
            WHEN p.aggregation = 'start' OR p.exact THEN p.ends - greatest(p.run_begins, p.valid_from_us)
            ELSE sum(p.ends - p.begins) OVER (
                PARTITION BY
                    p.server_id, p.price_id, p.state,
                    CASE p.aggregation WHEN 'hour' THEN p.clock_hour ELSE epoch_us(p.local_month) END
                ORDER BY p.begins
            )::BIGINT
        END AS lasted_us
    FROM placed AS p
),

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
            WHEN r.exact OR r.cover = 'used' THEN nano_hours(r.ends) - nano_hours(r.begins)
            ELSE nano_hours(r.until_end) - nano_hours(r.until_begin)
        END AS nano_hours
    FROM rounded AS r
),

-- What was cut at the hours of the clock is one piece again.
whole AS (
    SELECT
        m.* EXCLUDE (nth_hour, ends, nano_hours),
        max(m.ends) OVER same_piece AS ends,
        max(m.ends) OVER same_piece - m.begins AS used_us,
        (sum(m.nano_hours) OVER same_piece)::BIGINT AS nano_hours
    FROM measured AS m
    WINDOW same_piece AS (PARTITION BY m.part_id, m.piece_begins)
    QUALIFY m.nth_hour = 1
)

SELECT
    m.* EXCLUDE (nano_hours, piece_begins),
    m.nano_hours
    * CASE WHEN m.pricing_model = 'vcpu_hourly' AND m.cover <> 'used' THEN m.vcpus ELSE 1 END AS nanos
FROM whole AS m
