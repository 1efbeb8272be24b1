-- One row: a covered interval, cut at the days of UTC, at the months of the price's time zone, and, if clock hours are
-- rounded, after its first and before its last clock hour. nth_hour numbers the parts of the last kind of cut, which
-- metered_usage joins again. local_month: wall time in the zone. clock_hour: the start of the clock hour, microseconds.
-- A lambda is written in small letters (CP01), what it names and what EXCLUDE leaves out belong to no table (RF03), and
-- SELECT * passes on what a CTE just listed (AM04):
-- sqlfluff:exclude_rules:AM04,CP01,RF03
-- The month is found in the zone's wall time, so that days of 23 or 25 hours need no special case. The last moment of
-- an interval is ends - 1, because ends is excluded.
-- inputs: covered_interval
-- creates: table daily_interval
WITH local AS (
    SELECT
        s.*,
        timezone(s.time_zone, make_timestamptz(s.begins)) AS local_begin,
        timezone(s.time_zone, make_timestamptz(s.ends - 1)) AS local_end
    FROM covered_interval AS s
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

-- Past a full hour of the zone's clock, in microseconds. Zones can be 30 or 45 minutes from UTC.
clocked AS (
    SELECT
        d.*,
        epoch_us(timezone(d.time_zone, make_timestamptz(d.begins))) % 3600000000 AS past_begin,
        epoch_us(timezone(d.time_zone, make_timestamptz(d.ends))) % 3600000000 AS past_end,
        d.aggregation = 'hour' AND NOT d.exact AS by_hour
    FROM daily AS d
),

-- Whole clock hours in between need no cut: each comes to itself when rounded. Only the first and the last are cut off.
clock_hours AS (
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
        h.begins AS uncut_begins,
        unnest(range(1, len(h.edges) + 2)) AS nth_hour,
        unnest([h.begins] || h.edges) AS begins,
        unnest(h.edges || [h.ends]) AS ends
    FROM clock_hours AS h
)

SELECT
    c.*,
    date_trunc('month', timezone(c.time_zone, make_timestamptz(c.begins))) AS local_month,
    c.begins - epoch_us(timezone(c.time_zone, make_timestamptz(c.begins))) % 3600000000 AS clock_hour
FROM cut AS c
