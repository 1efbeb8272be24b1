-- After the action, the blob of the server's disk may be unused, so the cloud gets an order to release it.
-- inputs: resolved_server, wanted
SELECT
    m.row,
    s.region,
    s.blob,
    'release' AS kind
FROM wanted AS w
INNER JOIN resolved_server AS m ON w.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id
