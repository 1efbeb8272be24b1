-- The origin is the source image if that image is or was on sale, and otherwise the origin of the source image.
-- inputs: done, request, resolved_backup
INSERT INTO image BY NAME
SELECT
    r.new_id AS image_id,
    r.name,
    r.actor AS owner,
    b.region,
    'private' AS visibility,
    'full_ecs' AS image_type,
    i.target,
    'active' AS status,
    i.os_type,
    i.os_distribution,
    i.os_version,
    i.architecture,
    i.disk_format,
    coalesce(d.size_bytes, i.size_bytes) AS size_bytes,
    i.virtual_size_bytes,
    s.system_disk_gb AS min_disk_gb,
    i.min_ram_mb,
    i.checksum,
    b.kms_key_id IS NOT NULL AS encrypted,
    b.kms_key_id,
    'backup' AS source_kind,
    b.backup_id AS source_id,
    CASE WHEN i.image_id IN (SELECT o.image_id FROM offer AS o) THEN i.image_id ELSE i.origin_image_id END
        AS origin_image_id,
    b.service AS backup_service,
    FALSE AS published,
    FALSE AS protected,
    [] AS tags,
    r.happened_at AS created_at,
    r.happened_at AS updated_at,
    coalesce(d.blob, b.blob) AS blob,
    getvariable('cloud') AS cloud
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN resolved_backup AS m ON d.row = m.row
INNER JOIN backup AS b ON m.backup_id = b.backup_id
INNER JOIN server AS s ON b.server_id = s.server_id
INNER JOIN image AS i ON b.image_id = i.image_id
