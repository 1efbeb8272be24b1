-- Resolve the offer of each request: by id, or else by name. An offer on sale comes before withdrawn ones, of which the
-- newest comes first.
-- inputs: request
-- creates: table resolved_offer
WITH seen AS (
    SELECT
        r.row,
        o.offer_id,
        rank() OVER (
            PARTITION BY r.row
            ORDER BY o.offer_id <> r.offer_ref, o.withdrawn_at IS NOT NULL, o.published_at DESC
        ) AS place
    FROM request AS r
    INNER JOIN offer AS o ON r.offer_ref IN (o.offer_id, o.name)
)

SELECT
    row,
    CASE WHEN count(*) = 1 THEN min(offer_id) END AS offer_id,
    count(*)::INTEGER AS matches
FROM seen
WHERE place = 1
GROUP BY row
