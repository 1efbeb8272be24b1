SELECT
    'a month between others was never metered' AS problem,
    strftime(m.month_begins, '%Y-%m') AS thing,
    'the next one that was is ' || strftime(m.next_begins, '%Y-%m') AS detail
FROM (
    SELECT
        d.month_begins,
        lead(d.month_begins) OVER (ORDER BY d.month_begins) AS next_begins
    FROM (SELECT DISTINCT month_begins FROM metering) AS d
) AS m
WHERE m.next_begins > m.month_begins + INTERVAL 1 MONTH;
