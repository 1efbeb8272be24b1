SELECT
    a.row,
    a.image_region AS source_region,
    a.blob,
    a.kms_key_id AS source_key,
    a.checksum,
    f.to_region AS region,
    f.copy_key AS kms_key
FROM wanted AS w
INNER JOIN asked_image AS a ON w.row = a.row
INNER JOIN fact AS f ON w.row = f.row
