-- Publishing an image conflicts with later requests in two cases (the parts of the UNION):
-- 1. Everyone can name the image from then on, so a later request with its id or name may resolve to it.
-- 2. An image with this origin can no longer be published by the tenant that created it.
-- inputs: request, resolved_image
WITH sold AS (
    SELECT
        m.row,
        i.image_id,
        unnest([i.image_id, i.name]) AS word
    FROM resolved_image AS m
    INNER JOIN image AS i ON m.image_id = i.image_id
),

later AS (
    SELECT
        r.row,
        r.image_ref AS image,
        i.image_id,
        i.origin_image_id
    FROM request AS r
    LEFT JOIN resolved_image AS m ON r.row = m.row
    LEFT JOIN image AS i ON m.image_id = i.image_id
    WHERE i.owner IS DISTINCT FROM r.actor OR i.origin_image_id <> i.image_id
)

SELECT later.row
FROM sold
INNER JOIN later ON sold.word = later.image AND sold.row < later.row
UNION ALL
SELECT later.row
FROM sold
INNER JOIN later ON sold.image_id = later.origin_image_id AND sold.row < later.row
WHERE sold.image_id <> later.image_id
