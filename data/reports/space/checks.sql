SELECT
    'a protected image was deleted' AS problem,
    i.image_id AS thing,
    i.deleted_at::VARCHAR AS detail
FROM image AS i
WHERE i.protected AND i.deleted_at IS NOT NULL;

SELECT
    'a backup is of a server that never was' AS problem,
    b.backup_id AS thing,
    b.server_id AS detail
FROM backup AS b
ANTI JOIN server AS s ON b.server_id = s.server_id;
