-- Capture the system disk, one data disk, or the whole server. The last goes through a backup; IMS uses CSBS if the
-- request names no backup service.
-- The origin is the source image if that image is or was on sale, and otherwise the origin of the source image.
-- inputs: done, request, resolved_server, resolved_volume
INSERT INTO image BY NAME
WITH disk AS (
    SELECT
        r.row,
        v.volume_id,
        v.image_id,
        v.size_gb,
        v.blob,
        v.kms_key_id
    FROM request AS r
    INNER JOIN resolved_volume AS m ON r.row = m.row
    INNER JOIN volume AS v ON m.volume_id = v.volume_id
    WHERE r.image_type = 'data_disk'
)

SELECT
    r.new_id AS image_id,
    r.name,
    r.actor AS owner,
    s.region,
    'private' AS visibility,
    r.image_type,
    i.target,
    'active' AS status,
    i.os_type,
    i.os_distribution,
    i.os_version,
    i.architecture,
    coalesce(d.disk_format, i.disk_format) AS disk_format,
    coalesce(d.size_bytes, i.size_bytes) AS size_bytes,
    coalesce(d.virtual_size_bytes, i.virtual_size_bytes) AS virtual_size_bytes,
    coalesce(v.size_gb, s.system_disk_gb) AS min_disk_gb,
    i.min_ram_mb,
    coalesce(d.checksum, i.checksum) AS checksum,
    CASE WHEN v.volume_id IS NULL THEN s.kms_key_id ELSE v.kms_key_id END AS kms_key_id,
    CASE WHEN v.volume_id IS NULL THEN s.kms_key_id ELSE v.kms_key_id END IS NOT NULL AS encrypted,
    'server' AS source_kind,
    s.server_id AS source_id,
    CASE WHEN i.image_id IN (SELECT o.image_id FROM offer AS o) THEN i.image_id ELSE i.origin_image_id END
        AS origin_image_id,
    CASE WHEN r.image_type = 'full_ecs' THEN coalesce(r.backup_service, 'csbs') END AS backup_service,
    FALSE AS published,
    FALSE AS protected,
    [] AS tags,
    r.happened_at AS created_at,
    r.happened_at AS updated_at,
    coalesce(d.blob, v.blob, s.blob) AS blob,
    getvariable('cloud') AS cloud
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN resolved_server AS m ON d.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id
LEFT JOIN disk AS v ON d.row = v.row
INNER JOIN image AS i ON coalesce(v.image_id, s.image_id) = i.image_id
