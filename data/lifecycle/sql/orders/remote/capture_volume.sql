-- inputs: request, resolved_volume, wanted
SELECT
    r.row,
    'volume' AS thing,
    v.region,
    v.blob,
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
    v.size_gb AS min_disk_gb,
    i.min_ram_mb,
    NULL AS description,
    NULL AS tags,
    'capture' AS kind
FROM wanted AS w
INNER JOIN request AS r ON w.row = r.row
INNER JOIN resolved_volume AS m ON w.row = m.row
INNER JOIN volume AS v ON m.volume_id = v.volume_id
INNER JOIN image AS i ON v.image_id = i.image_id
