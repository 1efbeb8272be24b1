-- One row: the trial of a tenant with an offer. begins, ends: microseconds. It begins at the first use in a state that
-- costs something, and the price version of that moment sets its terms. If that version has no trial, the tenant never
-- gets one: a later price must not restart what the first use decided.
-- inputs: dated_price, offer_interval
-- creates: table trial
SELECT
    p.tenant,
    p.offer_id,
    min(p.begins) AS begins,
    min(p.begins) + any_value(v.trial_days) * 86400000000 AS ends,
    any_value(v.trial_servers) AS servers,
    any_value(v.trial_credit) AS credit
FROM offer_interval AS p
INNER JOIN (
    SELECT
        f.tenant,
        f.offer_id,
        arg_min(f.price_id, f.begins) AS price_id
    FROM offer_interval AS f
    WHERE f.rate > 0
    GROUP BY f.tenant, f.offer_id
) AS first ON p.tenant = first.tenant AND p.offer_id = first.offer_id
INNER JOIN dated_price AS v ON first.price_id = v.price_id
WHERE v.trial_days IS NOT NULL AND p.rate > 0
GROUP BY p.tenant, p.offer_id
