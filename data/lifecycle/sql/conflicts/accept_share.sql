-- The answer to a share changes the rank of the image among those that its name can resolve to for the tenant. So a
-- later request of the tenant that uses this name may resolve to another image.
-- inputs: request, resolved_image
SELECT later.row
FROM request AS earlier
INNER JOIN resolved_image AS m ON earlier.row = m.row
INNER JOIN image AS i ON m.image_id = i.image_id
INNER JOIN request AS later ON earlier.actor = later.actor AND i.name = later.image_ref AND earlier.row < later.row
