-- One row for each image, server, disk and backup of a cloud with a blob, and the size that its content must have.
-- A cloud that manages images stores servers, disks and backups separately from images. On any other cloud they have
-- the same bytes as the image that they were created from, unless they are encrypted.
-- creates: table needed
SELECT
    'image' AS kind,
    i.image_id AS id,
    i.name,
    i.owner,
    i.region,
    i.blob,
    i.kms_key_id IS NOT NULL AS encrypted,
    i.size_bytes,
    i.status = 'active' AS usable
FROM image AS i
WHERE i.deleted_at IS NULL AND i.blob IS NOT NULL AND i.cloud = $cloud
UNION ALL
SELECT
    'server' AS kind,
    s.server_id AS id,
    s.name,
    s.owner,
    s.region,
    s.blob,
    s.kms_key_id IS NOT NULL AS encrypted,
    i.size_bytes,
    FALSE AS usable
FROM server AS s
LEFT JOIN image AS i ON s.image_id = i.image_id
WHERE s.deleted_at IS NULL AND s.blob IS NOT NULL AND s.cloud = $cloud AND NOT $manages_images
UNION ALL
SELECT
    'volume' AS kind,
    v.volume_id AS id,
    v.name,
    v.owner,
    v.region,
    v.blob,
    v.kms_key_id IS NOT NULL AS encrypted,
    i.size_bytes,
    FALSE AS usable
FROM volume AS v
LEFT JOIN image AS i ON v.image_id = i.image_id
WHERE v.deleted_at IS NULL AND v.blob IS NOT NULL AND v.cloud = $cloud AND NOT $manages_images
UNION ALL
SELECT
    'backup' AS kind,
    b.backup_id AS id,
    NULL AS name,
    b.owner,
    b.region,
    b.blob,
    b.kms_key_id IS NOT NULL AS encrypted,
    i.size_bytes,
    FALSE AS usable
FROM backup AS b
LEFT JOIN image AS i ON b.image_id = i.image_id
WHERE b.blob IS NOT NULL AND NOT $manages_images
