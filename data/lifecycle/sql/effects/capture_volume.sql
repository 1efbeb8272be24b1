-- The origin is the source image if that image is or was on sale, and otherwise the origin of the source image.
-- inputs: done, request, resolved_volume
INSERT INTO image BY NAME
SELECT
    r.new_id AS image_id,
    r.name,
    r.actor AS owner,
    v.region,
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
    v.size_gb AS min_disk_gb,
    i.min_ram_mb,
    coalesce(d.checksum, i.checksum) AS checksum,
    v.kms_key_id IS NOT NULL AS encrypted,
    v.kms_key_id,
    'volume' AS source_kind,
    v.volume_id AS source_id,
    CASE WHEN i.image_id IN (SELECT o.image_id FROM offer AS o) THEN i.image_id ELSE i.origin_image_id END
        AS origin_image_id,
    NULL AS backup_service,
    FALSE AS published,
    FALSE AS protected,
    [] AS tags,
    r.happened_at AS created_at,
    r.happened_at AS updated_at,
    coalesce(d.blob, v.blob) AS blob,
    getvariable('cloud') AS cloud
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN resolved_volume AS m ON d.row = m.row
INNER JOIN volume AS v ON m.volume_id = v.volume_id
INNER JOIN image AS i ON v.image_id = i.image_id
