-- The facts of an action whose rules test only how the server resolves.
-- inputs: request, resolved_server
-- creates: table fact
SELECT
    r.row,
    r.actor,
    r.region,
    r.server,
    s.state AS server_state,
    s.target AS server_target,
    coalesce(m.matches, 0) AS server_matches
FROM request AS r
LEFT JOIN resolved_server AS m ON r.row = m.row
LEFT JOIN server AS s ON m.server_id = s.server_id
