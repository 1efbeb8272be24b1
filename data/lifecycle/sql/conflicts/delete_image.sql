-- A name that several images have is ambiguous. When all but one are deleted, a later request with this name resolves
-- to the last one.
-- inputs: request, resolved_image
SELECT later.row
FROM resolved_image AS earlier
INNER JOIN image AS i ON earlier.image_id = i.image_id
INNER JOIN request AS later ON i.name = later.image_ref AND earlier.row < later.row
INNER JOIN resolved_image AS m ON later.row = m.row
WHERE m.image_id IS NULL
