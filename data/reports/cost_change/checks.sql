SELECT
    'a month was metered until before it began' AS problem,
    strftime(m.month_begins, '%Y-%m') AS thing,
    m.metered_until::VARCHAR AS detail
FROM metering AS m
WHERE m.metered_until < m.month_begins;
