-- A request for several tenants gives several credits; the line number makes their ids unique.
-- inputs: done, request, resolved_offer
INSERT INTO credit BY NAME
SELECT
    made_id(r.new_id, r.happened_at, r.seq, r.row) AS credit_id,
    r.tenant,
    r.region,
    m.offer_id,
    r.amount,
    r.currency,
    r.reason,
    (r.refund_of || '-01')::DATE AS refund_of,
    r.actor AS granted_by,
    r.happened_at AS granted_at
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
LEFT JOIN resolved_offer AS m ON d.row = m.row
