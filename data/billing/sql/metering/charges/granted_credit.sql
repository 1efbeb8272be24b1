-- One row: a credit or refund that was granted in the month, until the variable until.
-- creates: view granted_credit
SELECT
    g.granted_at AS begins,
    g.granted_at + INTERVAL 1 SECOND AS ends,
    CASE WHEN g.offer_id IS NULL THEN 'account' ELSE 'image' END AS kind,
    'credit' AS source,
    'Credit' AS category,
    'One-Time' AS frequency,
    g.tenant,
    g.region,
    CASE
        WHEN g.refund_of IS NULL THEN 'Credit: ' || g.reason
        ELSE 'Refund of ' || strftime(g.refund_of, '%Y-%m') || ': ' || g.reason
    END AS description,
    1 AS quantity,
    'Units' AS unit,
    -g.amount AS list_cost,
    -g.amount AS contracted,
    -g.amount AS billed,
    -g.amount AS effective,
    g.currency,
    g.offer_id,
    0 AS used_us
FROM credit AS g
WHERE
    g.granted_at >= getvariable('month_begins') AND g.granted_at < getvariable('month_ends')
    AND g.granted_at < getvariable('until')
