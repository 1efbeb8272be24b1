-- The images that are made of files.
-- inputs: slot, tenant
-- creates: table made
SELECT
    s.n,
    s.fate,
    s.wave,
    s.created,
    s.image_id,
    s.owner,
    s.region,
    s.role,
    s.name,
    s.image_type,
    s.target,
    s.os_type,
    s.os_distribution,
    s.os_version,
    s.architecture,
    s.disk_format,
    s.size_bytes,
    s.virtual_size_bytes,
    s.min_disk_gb,
    s.min_ram_mb,
    s.content,
    CASE
        WHEN s.encrypted
            THEN coalesce(t.name || one_of(['-main', '-data', '-vault', NULL], chance(s.n, 'key')), 'ims-default')
    END AS kms_key_id,
    'file' AS source_kind,
    s.file AS source_id,
    NULL::BIGINT AS parent,
    NULL::BIGINT AS m,
    s.image_id AS origin_image_id,
    NULL::VARCHAR AS backup_service,
    s.fate <> 'public' AND s.image_type = 'system_disk' AND chance(s.n, 'described') < 0.3 AS described,
    s.protected,
    s.deprecated,
    s.sold_at
FROM slot AS s
LEFT JOIN tenant AS t ON s.owner = t.owner
WHERE s.wave = 0 AND s.fate <> 'adopted'
