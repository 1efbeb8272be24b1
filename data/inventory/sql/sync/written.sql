-- Into the holdings, only what is otherwise.
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
    AND (m.was IS DISTINCT FROM m.now_is OR m.came_back);

INSERT INTO image BY NAME
SELECT
    m.image_id,
    m.now_is.name,
    m.now_is.owner,
    $region AS region,
    m.now_is.visibility,
    m.now_is.image_type,
    m.now_is.target,
    m.now_is.status,
    m.now_is.os_type,
    m.now_is.os_distribution,
    m.now_is.os_version,
    m.now_is.architecture,
    m.now_is.disk_format,
    m.now_is.size_bytes,
    m.now_is.virtual_size_bytes,
    m.now_is.min_disk_gb,
    m.now_is.min_ram_mb,
    m.now_is.checksum,
    m.now_is.encrypted,
    m.now_is.kms_key_id,
    m.now_is.backup_service,
    m.now_is.published,
    m.now_is.protected,
    m.now_is.description,
    m.now_is.tags,
    coalesce(m.source_kind, 'cloud') AS source_kind,
    m.source_id,
    CASE WHEN m.source_kind = 'image' THEN m.source_id ELSE m.image_id END AS origin_image_id,
    CASE WHEN m.now_is.hidden THEN m.updated_at END AS deprecated_at,
    m.created_at,
    m.updated_at,
    m.blob,
    $cloud AS cloud
FROM matched AS m
WHERE m.is_new;

UPDATE image
SET status = 'deleted', deleted_at = greatest(image.created_at, $now), updated_at = $now
WHERE image.image_id IN (SELECT g.image_id FROM gone AS g);

UPDATE image_member
SET removed_at = greatest(image_member.shared_at, $now)
WHERE image_member.removed_at IS NULL AND image_member.image_id IN (SELECT g.image_id FROM gone AS g);

UPDATE image_member
SET
    status = coalesce(s.now_is, image_member.status),
    accepted_at = CASE
        WHEN s.now_is = 'accepted' THEN greatest(image_member.shared_at, s.updated_at) ELSE image_member.accepted_at
    END,
    rejected_at = CASE
        WHEN s.now_is = 'rejected' THEN greatest(image_member.shared_at, s.updated_at) ELSE image_member.rejected_at
    END,
    removed_at = CASE WHEN s.now_is IS NULL THEN greatest(image_member.shared_at, $now) END
FROM share AS s
WHERE
    image_member.image_id = s.image_id AND image_member.tenant = s.tenant AND image_member.removed_at IS NULL
    AND s.was IS NOT NULL;

INSERT INTO image_member BY NAME
SELECT
    s.image_id,
    s.tenant,
    s.now_is AS status,
    coalesce(s.shared_at, $now) AS shared_at,
    CASE WHEN s.now_is = 'accepted' THEN coalesce(s.updated_at, $now) END AS accepted_at,
    CASE WHEN s.now_is = 'rejected' THEN coalesce(s.updated_at, $now) END AS rejected_at
FROM share AS s
WHERE s.was IS NULL;
