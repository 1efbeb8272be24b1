-- Of several images of one name, one is left when the others are gone.
-- inputs: request, resolved_image
SELECT later.row
FROM resolved_image AS earlier
INNER JOIN image AS i ON earlier.image_id = i.image_id
INNER JOIN request AS later ON i.name = later.image_ref AND earlier.row < later.row
INNER JOIN resolved_image AS m ON later.row = m.row
WHERE m.image_id IS NULL
