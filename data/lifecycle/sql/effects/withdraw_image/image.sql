-- The price version stays open: running servers are still charged.
-- inputs: done, request, resolved_offer
UPDATE image
SET
    visibility = 'private',
    published = FALSE,
    updated_at = gone.happened_at
FROM (
    SELECT
        o.image_id,
        r.happened_at
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN resolved_offer AS m ON d.row = m.row
    INNER JOIN offer AS o ON m.offer_id = o.offer_id
) AS gone
WHERE image.image_id = gone.image_id
