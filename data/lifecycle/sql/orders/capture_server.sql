-- inputs: request, resolved_server, resolved_volume, wanted
WITH disk AS (
    SELECT
        r.row,
        v.volume_id,
        v.image_id,
        v.blob,
        v.kms_key_id
    FROM request AS r
    INNER JOIN resolved_volume AS m ON r.row = m.row
    INNER JOIN volume AS v ON m.volume_id = v.volume_id
    WHERE r.image_type = 'data_disk'
)

SELECT
    m.row,
    s.region AS source_region,
    coalesce(v.blob, s.blob) AS blob,
    CASE WHEN v.volume_id IS NULL THEN s.kms_key_id ELSE v.kms_key_id END AS source_key,
    i.checksum,
    s.region,
    CASE WHEN v.volume_id IS NULL THEN s.kms_key_id ELSE v.kms_key_id END AS kms_key,
    'copy_bytes' AS kind
FROM wanted AS w
INNER JOIN resolved_server AS m ON w.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id
LEFT JOIN disk AS v ON w.row = v.row
INNER JOIN image AS i ON coalesce(v.image_id, s.image_id) = i.image_id
