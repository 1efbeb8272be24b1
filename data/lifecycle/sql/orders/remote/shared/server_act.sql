-- One call for an action that only changes a server.
-- inputs: request, resolved_server, wanted
SELECT
    r.row,
    r.actor,
    s.region,
    s.blob,
    r.request_json,
    'call' AS kind
FROM wanted AS w
INNER JOIN request AS r ON w.row = r.row
INNER JOIN resolved_server AS m ON w.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id
