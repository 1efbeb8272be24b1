SELECT
    'a server has two images at once' AS problem,
    p.server_id AS thing,
    count(*)::VARCHAR AS detail
FROM server_span AS p
WHERE p.ended_at IS NULL
GROUP BY p.server_id
HAVING count(*) > 1;
