SELECT
    r.row,
    r.file,
    f.found,
    f.size_bytes,
    f.disk_format,
    f.virtual_size_bytes,
    f.unsafe,
    r.region,
    CASE WHEN r.encrypted OR r.kms_key IS NOT NULL THEN coalesce(r.kms_key, 'ims-default') END AS kms_key
FROM wanted AS w
INNER JOIN request AS r ON w.row = r.row
INNER JOIN file_fact AS f ON w.row = f.row
