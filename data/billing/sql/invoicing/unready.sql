-- What keeps the month $month from being closed, in the order in which it should be mended.
SELECT unnest([
    CASE
        WHEN EXISTS (
            SELECT 1 FROM closed_month AS c
            WHERE c.month_begins = $month
        ) THEN 'closed'
    END,
    CASE WHEN $month + INTERVAL 1 MONTH + to_hours($hours) > $moment THEN 'early' END,
    CASE
        WHEN NOT EXISTS (
            SELECT 1 FROM metering AS m
            WHERE m.month_begins = $month AND m.metered_until >= $month + INTERVAL 1 MONTH + to_hours($hours)
        ) THEN 'unmetered'
    END,
    CASE
        WHEN EXISTS (
            SELECT 1 FROM charge AS c
            ANTI JOIN closed_month AS m ON c.BillingPeriodStart = m.month_begins
            WHERE c.BillingPeriodStart < $month
        ) THEN 'earlier-open'
    END
]) AS reason
