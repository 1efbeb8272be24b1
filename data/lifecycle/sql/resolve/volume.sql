-- Resolve the volume of each request among those of the actor: by id, or else by name, with the request's region first.
-- Only volumes of the cloud that the batch acts on match.
-- inputs: request
-- creates: table resolved_volume
WITH seen AS (
    SELECT
        r.row,
        t.volume_id,
        rank() OVER (PARTITION BY r.row ORDER BY t.volume_id <> r.volume_ref, t.region <> r.region) AS place
    FROM request AS r
    INNER JOIN volume AS t ON r.actor = t.owner AND r.volume_ref IN (t.volume_id, t.name)
    WHERE t.deleted_at IS NULL AND t.cloud = getvariable('cloud')
)

SELECT
    row,
    CASE WHEN count(*) = 1 THEN min(volume_id) END AS volume_id,
    count(*)::INTEGER AS matches
FROM seen
WHERE place = 1
GROUP BY row
