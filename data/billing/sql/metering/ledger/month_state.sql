-- Whether the month is closed, and whether it has charges already.
SELECT
    exists(
        SELECT 1 FROM closed_month AS m
        WHERE m.month_begins = getvariable('month_begins')
    ) AS closed,
    exists(
        SELECT 1 FROM charge AS c
        WHERE
            c.BillingPeriodStart = getvariable('month_begins')
            AND c.ChargeClass IS NULL AND c.x_source IN ('usage', 'credit')
    ) AS written
