-- An answer to a share moves the image nearer or farther among those that its name could mean to the tenant.
-- inputs: request, resolved_image
SELECT later.row
FROM request AS earlier
INNER JOIN resolved_image AS m ON earlier.row = m.row
INNER JOIN image AS i ON m.image_id = i.image_id
INNER JOIN request AS later ON earlier.actor = later.actor AND i.name = later.image_ref AND earlier.row < later.row
