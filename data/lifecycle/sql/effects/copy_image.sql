-- A copy has the metadata and the deprecation of its source, but not its shares and offers.
-- The origin is the source image if that image is or was on sale, and otherwise the origin of the source image.
-- inputs: done, fact, request, resolved_image
INSERT INTO image BY NAME
SELECT
    r.new_id AS image_id,
    f.name,
    r.actor AS owner,
    f.to_region AS region,
    'private' AS visibility,
    i.image_type,
    i.target,
    'active' AS status,
    i.os_type,
    i.os_distribution,
    i.os_version,
    i.architecture,
    i.disk_format,
    coalesce(d.size_bytes, i.size_bytes) AS size_bytes,
    i.virtual_size_bytes,
    i.min_disk_gb,
    i.min_ram_mb,
    i.checksum,
    f.copy_encrypted AS encrypted,
    f.copy_key AS kms_key_id,
    'image' AS source_kind,
    i.image_id AS source_id,
    CASE WHEN i.image_id IN (SELECT o.image_id FROM offer AS o) THEN i.image_id ELSE i.origin_image_id END
        AS origin_image_id,
    i.backup_service,
    FALSE AS published,
    FALSE AS protected,
    i.description,
    i.tags,
    i.deprecated_at,
    r.happened_at AS created_at,
    r.happened_at AS updated_at,
    coalesce(d.blob, i.blob) AS blob,
    getvariable('cloud') AS cloud
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN fact AS f ON d.row = f.row
INNER JOIN resolved_image AS m ON d.row = m.row
INNER JOIN image AS i ON m.image_id = i.image_id
