-- The last usage interval of a server ends when the server is terminated.
-- inputs: done, request, resolved_server
-- creates: table changed
SELECT
    s.server_id,
    r.happened_at,
    'terminated' AS state
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN resolved_server AS m ON d.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id
