-- Each request with the image that it refers to. The image columns are NULL if no image, or more than one, matches.
-- inputs: request, resolved_image
-- creates: view asked_image
SELECT
    r.row,
    r.actor,
    r.region,
    r.image,
    m.image_id,
    coalesce(m.matches, 0) AS image_matches,
    i.name AS image_name,
    i.owner AS image_owner,
    i.region AS image_region,
    i.cloud AS image_cloud,
    i.visibility,
    i.status,
    i.image_type,
    i.target AS image_target,
    i.encrypted,
    i.kms_key_id,
    i.published,
    i.protected,
    i.backup_service,
    i.disk_format AS image_format,
    i.min_disk_gb,
    i.min_ram_mb,
    i.size_bytes,
    i.virtual_size_bytes,
    i.origin_image_id,
    i.checksum,
    i.blob
FROM request AS r
LEFT JOIN resolved_image AS m ON r.row = m.row
LEFT JOIN image AS i ON m.image_id = i.image_id
