SELECT
    'a charge is for a server of another tenant' AS problem,
    c.x_server_id AS thing,
    concat(c.SubAccountId, ' pays, ', v.owner, ' owns it') AS detail
FROM charge AS c
INNER JOIN server AS v ON c.x_server_id = v.server_id
WHERE c.SubAccountId <> v.owner
GROUP BY c.x_server_id, c.SubAccountId, v.owner;
