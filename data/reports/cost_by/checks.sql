SELECT
    'a charge is for a server that never was' AS problem,
    c.x_server_id AS thing,
    count(*) || ' charges' AS detail
FROM charge AS c
ANTI JOIN server AS v ON c.x_server_id = v.server_id
WHERE c.x_server_id IS NOT NULL
GROUP BY c.x_server_id;
