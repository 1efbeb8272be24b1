SELECT
    coalesce(
        (SELECT max(m.month_begins) - INTERVAL 1 MONTH FROM metering AS m),
        least(
            (SELECT min(s.started_at) FROM server_span AS s),
            (SELECT min(c.starts_at) FROM contract AS c),
            (SELECT min(g.granted_at) FROM credit AS g)
        )
    ) AS month_begins
