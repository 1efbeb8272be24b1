SELECT
    'a server runs twice at once' AS problem,
    s.server_id AS thing,
    s.started_at::VARCHAR AS detail
FROM server_span AS s
QUALIFY
    s.started_at
    < lag(coalesce(s.ended_at, 'infinity')) OVER (PARTITION BY s.server_id ORDER BY s.started_at, s.ended_at);

SELECT
    'a server that never was is used' AS problem,
    s.server_id AS thing,
    s.started_at::VARCHAR AS detail
FROM server_span AS s
ANTI JOIN server AS v ON s.server_id = v.server_id;
