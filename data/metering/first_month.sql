SELECT
    coalesce(
        (SELECT max(m.month_begins) - INTERVAL 1 MONTH FROM metering AS m),
        (SELECT min(s.started_at) FROM server_span AS s)
    ) AS month_begins
