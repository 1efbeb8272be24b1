-- One row: time in which a contract or a trial covers some servers of a tenant and offer, and not others. Then the
-- order in which the runs began decides which servers are covered.
-- inputs: commitment, trial
-- creates: table ranked_cover
SELECT
    t.tenant,
    t.offer_id,
    t.begins,
    t.ends
FROM trial AS t
WHERE t.servers IS NOT NULL
UNION ALL
SELECT
    t.tenant,
    t.offer_id,
    t.begins,
    t.ends
FROM commitment AS t
WHERE t.server_id IS NULL
