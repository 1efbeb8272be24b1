-- Capture the system disk or one data disk.
-- inputs: request, resolved_server, resolved_volume, wanted
WITH disk AS (
    SELECT
        r.row,
        v.volume_id,
        v.image_id,
        v.size_gb,
        v.blob
    FROM request AS r
    INNER JOIN resolved_volume AS m ON r.row = m.row
    INNER JOIN volume AS v ON m.volume_id = v.volume_id
    WHERE r.image_type = 'data_disk'
)

SELECT
    r.row,
    CASE WHEN v.volume_id IS NULL THEN 'server' ELSE 'volume' END AS thing,
    s.region,
    coalesce(v.blob, s.blob) AS blob,
    r.new_id,
    r.actor AS owner,
    r.name,
    i.disk_format,
    r.image_type,
    i.target,
    i.os_type,
    i.os_distribution,
    i.os_version,
    i.architecture,
    coalesce(v.size_gb, s.system_disk_gb) AS min_disk_gb,
    i.min_ram_mb,
    NULL AS description,
    NULL AS tags,
    'capture' AS kind
FROM wanted AS w
INNER JOIN request AS r ON w.row = r.row
INNER JOIN resolved_server AS m ON w.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id
LEFT JOIN disk AS v ON w.row = v.row
INNER JOIN image AS i ON coalesce(v.image_id, s.image_id) = i.image_id
