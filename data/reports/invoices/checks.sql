SELECT
    'an invoice is for a month that is open' AS problem,
    i.invoice_id AS thing,
    strftime(i.month_begins, '%Y-%m') AS detail
FROM invoice AS i
ANTI JOIN closed_month AS m ON i.month_begins = m.month_begins;

SELECT
    'an invoice was issued twice' AS problem,
    i.invoice_id AS thing,
    count(*)::VARCHAR AS detail
FROM invoice AS i
GROUP BY i.invoice_id
HAVING count(*) > 1;

SELECT
    'the parts of an invoice are not its total' AS problem,
    i.invoice_id AS thing,
    concat(i.subtotal, ' + ', i.tax, ' + ', i.rounding, ' is not ', i.total) AS detail
FROM invoice AS i
WHERE i.subtotal + i.tax + i.rounding <> i.total;
