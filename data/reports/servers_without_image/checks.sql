SELECT
    'a server runs an image that never was' AS problem,
    s.server_id AS thing,
    s.image_id AS detail
FROM server AS s
ANTI JOIN image AS i ON s.image_id = i.image_id;

SELECT
    'a server that is gone is still used' AS problem,
    s.server_id AS thing,
    p.started_at::VARCHAR AS detail
FROM server AS s
INNER JOIN server_span AS p ON s.server_id = p.server_id
WHERE s.deleted_at IS NOT NULL AND p.ended_at IS NULL;
