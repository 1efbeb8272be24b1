-- Of several servers of one name, one is left when the others are gone.
-- inputs: request, resolved_server
SELECT later.row
FROM resolved_server AS earlier
INNER JOIN server AS s ON earlier.server_id = s.server_id
INNER JOIN request AS later ON s.owner = later.actor AND s.name = later.server_ref AND earlier.row < later.row
INNER JOIN resolved_server AS m ON later.row = m.row
WHERE m.server_id IS NULL
