SELECT
    m.row,
    s.region AS source_region,
    coalesce(v.blob, s.blob) AS blob,
    CASE WHEN v.volume_id IS NULL THEN s.kms_key_id ELSE v.kms_key_id END AS source_key,
    i.checksum,
    s.region,
    CASE WHEN v.volume_id IS NULL THEN s.kms_key_id ELSE v.kms_key_id END AS kms_key
FROM wanted AS w
INNER JOIN request AS r ON w.row = r.row
INNER JOIN meant_server AS m ON w.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id
LEFT JOIN meant_volume AS mv ON w.row = mv.row AND r.image_type = 'data_disk'
LEFT JOIN volume AS v ON mv.volume_id = v.volume_id
INNER JOIN image AS i ON coalesce(v.image_id, s.image_id) = i.image_id
