SELECT
    (
        SELECT count(*) FROM charge AS c
        WHERE c.BillingPeriodStart = $month
    ) AS lines,
    (
        SELECT max(m.metered_until) FROM metering AS m
        WHERE m.month_begins = $month
    ) AS metered_until,
    (
        SELECT max(m.closed_at) FROM closed_month AS m
        WHERE m.month_begins = $month
    ) AS closed_at
