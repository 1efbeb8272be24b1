-- inputs: file_fact, request
-- creates: table fact
SELECT
    r.row,
    r.actor,
    r.region,
    r.name,
    r.file,
    f.disk_format AS file_format,
    f.unsafe AS file_unsafe,
    f.virtual_size_bytes,
    r.disk_format AS said_format,
    r.image_type,
    r.target,
    r.min_disk_gb,
    coalesce(f.found, FALSE) AS file_found,
    CASE WHEN contains(r.file, '://') THEN 'url' ELSE 'folder' END AS file_at,
    r.encrypted OR r.kms_key IS NOT NULL AS encrypted,
    exists(
        SELECT 1
        FROM image AS i
        WHERE i.owner = r.actor AND i.name = r.name AND i.region = r.region AND i.deleted_at IS NULL
    ) AS name_taken
FROM request AS r
LEFT JOIN file_fact AS f ON r.row = f.row
