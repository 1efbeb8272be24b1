-- Resolve the server of each request among those of the actor: by id, or else by name, with the request's region first.
-- Only servers of the cloud that the batch acts on match.
-- inputs: request
-- creates: table resolved_server
WITH seen AS (
    SELECT
        r.row,
        t.server_id,
        rank() OVER (PARTITION BY r.row ORDER BY t.server_id <> r.server_ref, t.region <> r.region) AS place
    FROM request AS r
    INNER JOIN server AS t ON r.actor = t.owner AND r.server_ref IN (t.server_id, t.name)
    WHERE t.deleted_at IS NULL AND t.cloud = getvariable('cloud')
)

SELECT
    row,
    CASE WHEN count(*) = 1 THEN min(server_id) END AS server_id,
    count(*)::INTEGER AS matches
FROM seen
WHERE place = 1
GROUP BY row
