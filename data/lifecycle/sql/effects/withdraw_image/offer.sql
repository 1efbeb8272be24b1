-- inputs: done, request, resolved_offer
UPDATE offer
SET withdrawn_at = greatest(offer.published_at, gone.happened_at)
FROM (
    SELECT
        m.offer_id,
        r.happened_at
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN resolved_offer AS m ON d.row = m.row
) AS gone
WHERE offer.offer_id = gone.offer_id AND offer.withdrawn_at IS NULL
