-- inputs: done, request, resolved_server
-- creates: table changed
SELECT
    s.* REPLACE ('stopped' AS state),
    r.happened_at
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN resolved_server AS m ON d.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id
WHERE s.state = 'running'
