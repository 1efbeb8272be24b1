-- inputs: done, request, resolved_offer
UPDATE price
SET valid_to = changed.valid_from
FROM (
    SELECT
        m.offer_id,
        r.valid_from
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN resolved_offer AS m ON d.row = m.row
) AS changed
WHERE price.offer_id = changed.offer_id AND price.valid_to IS NULL
