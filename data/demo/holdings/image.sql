-- inputs: deletion, made, sale, tenant
INSERT INTO image BY NAME
WITH known AS (
    SELECT
        i.*,
        coalesce(t.name, 'platform') AS owner_name,
        d.deleted,
        CASE WHEN i.deprecated <= coalesce(d.deleted, i.deprecated) THEN i.deprecated END AS deprecated_at_last,
        s.n IS NOT NULL AND s.withdrawn_at IS NULL AS on_sale,
        s.withdrawn_at
    FROM made AS i
    LEFT JOIN tenant AS t ON i.owner = t.owner
    LEFT JOIN deletion AS d ON i.n = d.n
    LEFT JOIN sale AS s ON i.n = s.n
)

SELECT
    k.image_id,
    k.name,
    k.owner_name AS owner,
    region_name(k.region) AS region,
    CASE WHEN k.fate = 'public' THEN 'public' WHEN k.on_sale THEN 'marketplace' ELSE 'private' END AS visibility,
    k.image_type,
    k.target,
    CASE
        WHEN k.deleted IS NOT NULL THEN 'deleted'
        WHEN k.fate IN ('private', 'adopted') AND chance(k.n, 'deactivated') < 0.012 THEN 'deactivated'
        ELSE 'active'
    END AS status,
    k.os_type,
    k.os_distribution,
    k.os_version,
    k.architecture,
    k.disk_format,
    k.size_bytes,
    k.virtual_size_bytes,
    k.min_disk_gb,
    k.min_ram_mb,
    sha256(concat('demo ', k.content)) AS checksum,
    k.kms_key_id IS NOT NULL AS encrypted,
    k.kms_key_id,
    k.source_kind,
    k.source_id,
    k.origin_image_id,
    k.backup_service,
    k.on_sale AS published,
    k.protected,
    CASE WHEN k.described THEN concat('What our ', k.role, ' servers start from') END AS description,
    CASE
        WHEN k.described THEN [k.role, one_of(['golden', 'test', 'prod', 'team-a', 'pci'], chance(k.content, 'tag'))]
        ELSE []
    END AS tags,
    moment(k.deprecated_at_last) AS deprecated_at,
    moment(k.created) AS created_at,
    moment(greatest(
        k.created,
        k.deprecated_at_last,
        k.sold_at,
        k.withdrawn_at,
        k.deleted,
        CASE WHEN k.protected THEN k.created + 300 END
    )) AS updated_at,
    moment(k.deleted) AS deleted_at,
    sha256(concat_ws(' ', 'demo', k.content, k.kms_key_id)) AS blob
FROM known AS k
ORDER BY k.created, k.n
