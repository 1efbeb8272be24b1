-- inputs: file_fact, request, wanted
SELECT
    r.row,
    r.file,
    f.found,
    f.size_bytes,
    f.disk_format,
    f.virtual_size_bytes,
    f.unsafe,
    r.region,
    CASE WHEN r.encrypted OR r.kms_key IS NOT NULL THEN coalesce(r.kms_key, 'ims-default') END AS kms_key,
    r.new_id,
    r.actor AS owner,
    r.name,
    r.image_type,
    r.target,
    r.os_type,
    r.os_distribution,
    r.os_version,
    r.architecture,
    r.min_disk_gb,
    r.min_ram_mb,
    r.description,
    r.tags,
    'import' AS kind
FROM wanted AS w
INNER JOIN request AS r ON w.row = r.row
INNER JOIN file_fact AS f ON w.row = f.row
