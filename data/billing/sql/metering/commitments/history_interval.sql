-- One row: an offer interval, or the rest of it, that can change the charges of the month. A trial with a credit counts
-- all charges from its first day on, so of its tenant and offer everything since then is here.
-- inputs: offer_interval, trial
-- creates: table history_interval
SELECT
    p.* EXCLUDE (begins),
    greatest(p.begins, g.since) AS begins
FROM offer_interval AS p
INNER JOIN (
    SELECT
        u.tenant,
        u.offer_id,
        -- a credit is used up in order, so its charges count from its first day on
        least(
            epoch_us(getvariable('since')),
            any_value(CASE WHEN t.credit IS NOT NULL AND t.ends > epoch_us(getvariable('since')) THEN t.begins END)
        ) AS since
    FROM offer_interval AS u
    LEFT JOIN trial AS t ON u.tenant = t.tenant AND u.offer_id = t.offer_id
    GROUP BY u.tenant, u.offer_id
) AS g ON p.tenant = g.tenant AND p.offer_id = g.offer_id
WHERE p.ends > g.since
