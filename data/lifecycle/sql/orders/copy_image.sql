-- inputs: asked_image, fact, request, wanted
SELECT
    a.row,
    a.image_region AS source_region,
    a.blob,
    a.kms_key_id AS source_key,
    a.checksum,
    f.to_region AS region,
    f.copy_key AS kms_key,
    r.new_id,
    r.actor AS owner,
    f.name,
    i.disk_format,
    i.image_type,
    i.target,
    i.os_type,
    i.os_distribution,
    i.os_version,
    i.architecture,
    i.min_disk_gb,
    i.min_ram_mb,
    i.description,
    i.tags,
    'copy_image' AS kind
FROM wanted AS w
INNER JOIN asked_image AS a ON w.row = a.row
INNER JOIN fact AS f ON w.row = f.row
INNER JOIN request AS r ON w.row = r.row
INNER JOIN image AS i ON a.image_id = i.image_id
