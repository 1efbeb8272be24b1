-- The month from which charges may have changed: the month before the last that was metered, or the earliest moment
-- that an action recorded since is about; at first, the month of the first use.
WITH last AS (
    SELECT
        max(m.month_begins) AS month_begins,
        max(m.metered_at) AS metered_at
    FROM metering AS m
),

recorded AS (
    SELECT min(l.requested_at) AS about
    FROM action_log AS l
    WHERE l.outcome = 'done' AND l.finished_at >= (SELECT last.metered_at FROM last)
)

SELECT
    coalesce(
        least(last.month_begins - INTERVAL 1 MONTH, recorded.about),
        least(
            (SELECT min(s.started_at) FROM server_span AS s),
            (SELECT min(c.starts_at) FROM contract AS c),
            (SELECT min(g.granted_at) FROM credit AS g)
        )
    ) AS month_begins
FROM last
CROSS JOIN recorded
