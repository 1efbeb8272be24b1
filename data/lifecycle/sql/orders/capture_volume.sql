-- inputs: resolved_volume, wanted
SELECT
    m.row,
    s.region AS source_region,
    s.blob,
    s.kms_key_id AS source_key,
    i.checksum,
    s.region,
    s.kms_key_id AS kms_key,
    'copy_bytes' AS kind
FROM wanted AS w
INNER JOIN resolved_volume AS m ON w.row = m.row
INNER JOIN volume AS s ON m.volume_id = s.volume_id
INNER JOIN image AS i ON s.image_id = i.image_id
