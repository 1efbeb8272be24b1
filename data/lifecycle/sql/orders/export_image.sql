-- inputs: asked_image, request, wanted
SELECT
    a.row,
    a.image_region AS source_region,
    a.blob,
    a.kms_key_id AS source_key,
    a.checksum,
    r.file,
    r.actor,
    'export' AS kind
FROM wanted AS w
INNER JOIN asked_image AS a ON w.row = a.row
INNER JOIN request AS r ON w.row = r.row
