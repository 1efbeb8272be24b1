-- The last span of use ends with the server.
CREATE OR REPLACE TEMP TABLE changed AS
SELECT
    s.server_id,
    r.happened_at,
    'terminated' AS state
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN resolved_server AS m ON d.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id;

UPDATE server_span
SET ended_at = greatest(server_span.started_at, changed.happened_at)
FROM changed
WHERE server_span.server_id = changed.server_id AND server_span.ended_at IS NULL;

UPDATE server
SET
    state = changed.state,
    updated_at = changed.happened_at,
    deleted_at = greatest(server.created_at, changed.happened_at)
FROM changed
WHERE server.server_id = changed.server_id
