-- Sharing an image adds it to those that its recipient can name, and unsharing removes it. So a later request of that
-- recipient with the id or name of the image may resolve differently, unless it resolves to an image that the recipient
-- owns.
-- inputs: request, resolved_image
WITH given AS (
    SELECT
        r.row,
        r.tenant,
        unnest([i.image_id, i.name]) AS word
    FROM request AS r
    INNER JOIN resolved_image AS m ON r.row = m.row
    INNER JOIN image AS i ON m.image_id = i.image_id
)

SELECT later.row
FROM given
INNER JOIN request AS later ON given.tenant = later.actor AND given.word = later.image_ref AND given.row < later.row
LEFT JOIN resolved_image AS m ON later.row = m.row
LEFT JOIN image AS i ON m.image_id = i.image_id
WHERE i.owner IS DISTINCT FROM later.actor
