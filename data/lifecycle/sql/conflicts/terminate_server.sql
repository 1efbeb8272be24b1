-- A name that several servers have is ambiguous. When all but one are terminated, a later request with this name
-- resolves to the last one.
-- inputs: request, resolved_server
SELECT later.row
FROM resolved_server AS earlier
INNER JOIN server AS s ON earlier.server_id = s.server_id
INNER JOIN request AS later ON s.owner = later.actor AND s.name = later.server_ref AND earlier.row < later.row
INNER JOIN resolved_server AS m ON later.row = m.row
WHERE m.server_id IS NULL
