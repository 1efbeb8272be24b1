-- Update only images that differ.
-- inputs: matched
UPDATE image
SET
    name = m.now_is.name,
    owner = m.now_is.owner,
    visibility = m.now_is.visibility,
    image_type = m.now_is.image_type,
    target = m.now_is.target,
    status = m.now_is.status,
    os_type = m.now_is.os_type,
    os_distribution = m.now_is.os_distribution,
    os_version = m.now_is.os_version,
    architecture = m.now_is.architecture,
    disk_format = m.now_is.disk_format,
    size_bytes = m.now_is.size_bytes,
    virtual_size_bytes = m.now_is.virtual_size_bytes,
    min_disk_gb = m.now_is.min_disk_gb,
    min_ram_mb = m.now_is.min_ram_mb,
    checksum = m.now_is.checksum,
    encrypted = m.now_is.encrypted,
    kms_key_id = m.now_is.kms_key_id,
    backup_service = m.now_is.backup_service,
    published = m.now_is.published,
    protected = m.now_is.protected,
    deprecated_at = CASE WHEN m.now_is.hidden THEN coalesce(image.deprecated_at, m.updated_at) END,
    description = m.now_is.description,
    tags = m.now_is.tags,
    updated_at = greatest(image.updated_at, m.updated_at),
    deleted_at = NULL
FROM matched AS m
WHERE
    image.image_id = m.image_id
    AND NOT m.is_new
    AND (m.was IS DISTINCT FROM m.now_is OR m.came_back)
