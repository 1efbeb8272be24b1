SELECT
    'a server is used before it is made' AS problem,
    s.server_id AS thing,
    p.started_at::VARCHAR AS detail
FROM server AS s
INNER JOIN server_span AS p ON s.server_id = p.server_id
WHERE p.started_at < s.created_at;
