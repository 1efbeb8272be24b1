-- Each image that was seen beside what the warehouse has of it, and what it is from now on: what the cloud does not
-- say stays as it was. What actions of ours changed since the cloud was first asked is left to the next sync.
CREATE OR REPLACE TEMP TABLE matched AS
WITH touched AS (
    SELECT DISTINCT l.image_id
    FROM action_log AS l
    WHERE l.finished_at >= $started AND l.image_id IS NOT NULL
)

SELECT
    s.blob,
    s.cloud_visibility,
    i.image_id IS NULL AS is_new,
    i.deleted_at IS NOT NULL AS came_back,
    coalesce(i.image_id, s.blob) AS image_id,
    {'name': i.name, 'owner': i.owner, 'visibility': i.visibility, 'image_type': i.image_type, 'target': i.target,
     'status': i.status, 'os_type': i.os_type, 'os_distribution': i.os_distribution, 'os_version': i.os_version,
     'architecture': i.architecture, 'disk_format': i.disk_format, 'size_bytes': i.size_bytes,
     'virtual_size_bytes': i.virtual_size_bytes, 'min_disk_gb': i.min_disk_gb, 'min_ram_mb': i.min_ram_mb,
     'checksum': i.checksum, 'encrypted': i.encrypted, 'kms_key_id': i.kms_key_id,
     'backup_service': i.backup_service, 'published': i.published, 'protected': i.protected,
     'hidden': i.deprecated_at IS NOT NULL, 'description': i.description, 'tags': list_sort(i.tags)} AS was,
    {'name': s.name, 'owner': s.owner, 'visibility': s.visibility,
     'image_type': coalesce(s.image_type, i.image_type, 'system_disk'), 'target': coalesce(s.target, i.target, 'ecs'),
     'status': s.status, 'os_type': coalesce(s.os_type, i.os_type),
     'os_distribution': coalesce(s.os_distribution, i.os_distribution),
     'os_version': coalesce(s.os_version, i.os_version), 'architecture': coalesce(s.architecture, i.architecture, 'x86'),
     'disk_format': coalesce(s.disk_format, i.disk_format, 'raw'), 'size_bytes': coalesce(s.size_bytes, i.size_bytes),
     'virtual_size_bytes': coalesce(s.virtual_size_bytes, i.virtual_size_bytes), 'min_disk_gb': s.min_disk_gb,
     'min_ram_mb': s.min_ram_mb, 'checksum': coalesce(s.checksum, i.checksum), 'encrypted': s.encrypted,
     'kms_key_id': s.kms_key_id, 'backup_service': coalesce(s.backup_service, i.backup_service),
     'published': s.published, 'protected': s.protected, 'hidden': s.hidden,
     'description': s.description, 'tags': list_sort(s.tags)} AS now_is,
    s.source_kind,
    s.source_id,
    s.created_at,
    s.updated_at
FROM seen_image AS s
LEFT JOIN image AS i ON s.blob = i.blob AND i.region = $region
ANTI JOIN touched AS t ON coalesce(i.image_id, s.blob) = t.image_id
