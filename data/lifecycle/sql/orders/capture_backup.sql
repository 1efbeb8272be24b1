-- inputs: resolved_backup, wanted
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
INNER JOIN resolved_backup AS m ON w.row = m.row
INNER JOIN backup AS s ON m.backup_id = s.backup_id
INNER JOIN image AS i ON s.image_id = i.image_id
