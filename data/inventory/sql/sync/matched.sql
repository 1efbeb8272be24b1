-- Each listed image with its state in the warehouse (was) and its new state (now_is). Values that the cloud does not
-- list keep the value in the warehouse. Images that actions changed since the sync started are left to the next sync:
-- the listing may be older than the change.
-- inputs: seen_image
-- creates: table matched
WITH touched AS (
    SELECT DISTINCT l.image_id
    FROM action_log AS l
    WHERE l.finished_at >= $started AND l.image_id IS NOT NULL
),

known AS (
    SELECT
        i.*,
        i.deprecated_at IS NOT NULL AS hidden
    FROM image AS i
    WHERE i.region = $region AND i.cloud = $cloud
),

was AS (
    SELECT
        k.blob,
        k.name,
        k.owner,
        k.visibility,
        k.image_type,
        k.target,
        k.status,
        k.os_type,
        k.os_distribution,
        k.os_version,
        k.architecture,
        k.disk_format,
        k.size_bytes,
        k.virtual_size_bytes,
        k.min_disk_gb,
        k.min_ram_mb,
        k.checksum,
        k.encrypted,
        k.kms_key_id,
        k.backup_service,
        k.published,
        k.protected,
        k.hidden,
        k.description,
        list_sort(k.tags) AS tags
    FROM known AS k
),

now_is AS (
    SELECT
        s.blob,
        s.name,
        s.owner,
        s.visibility,
        coalesce(s.image_type, k.image_type, 'system_disk') AS image_type,
        coalesce(s.target, k.target, 'ecs') AS target,
        s.status,
        coalesce(s.os_type, k.os_type) AS os_type,
        coalesce(s.os_distribution, k.os_distribution) AS os_distribution,
        coalesce(s.os_version, k.os_version) AS os_version,
        coalesce(s.architecture, k.architecture, 'x86') AS architecture,
        coalesce(s.disk_format, k.disk_format, 'raw') AS disk_format,
        coalesce(s.size_bytes, k.size_bytes) AS size_bytes,
        coalesce(s.virtual_size_bytes, k.virtual_size_bytes) AS virtual_size_bytes,
        s.min_disk_gb,
        s.min_ram_mb,
        coalesce(s.checksum, k.checksum) AS checksum,
        s.encrypted,
        s.kms_key_id,
        coalesce(s.backup_service, k.backup_service) AS backup_service,
        s.published,
        s.protected,
        s.hidden,
        s.description,
        list_sort(s.tags) AS tags
    FROM seen_image AS s
    LEFT JOIN known AS k ON s.blob = k.blob
)

SELECT
    s.blob,
    s.cloud_visibility,
    s.source_kind,
    s.source_id,
    s.created_at,
    s.updated_at,
    k.image_id IS NULL AS is_new,
    k.deleted_at IS NOT NULL AS came_back,
    coalesce(k.image_id, s.blob) AS image_id,
    w AS was,
    n AS now_is
FROM seen_image AS s
INNER JOIN now_is AS n ON s.blob = n.blob
LEFT JOIN was AS w ON s.blob = w.blob
LEFT JOIN known AS k ON s.blob = k.blob
ANTI JOIN touched AS t ON coalesce(k.image_id, s.blob) = t.image_id
