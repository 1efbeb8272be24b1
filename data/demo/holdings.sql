-- All that was thought out is written into the tables.

-- What is to be deleted is deleted after its last use.
CREATE OR REPLACE TEMP TABLE deletion AS
WITH used AS (
    SELECT
        i.parent AS n,
        i.created AS at
    FROM made AS i
    WHERE i.source_kind = 'image'
    UNION ALL
    SELECT
        r.n,
        r.created AS at
    FROM rig AS r
    UNION ALL
    SELECT
        d.n,
        d.created AS at
    FROM disk AS d
),

last AS (
    SELECT
        u.n,
        max(u.at) AS at
    FROM used AS u
    SEMI JOIN doomed AS d ON u.n = d.n
    GROUP BY u.n
)

SELECT
    d.n,
    some_time(greatest(d.used_until, l.at) + 60, getvariable('until'), chance(d.n, 'when deleted')) AS deleted
FROM doomed AS d
LEFT JOIN last AS l ON d.n = l.n
WHERE greatest(d.used_until, l.at) + 120 < getvariable('until');

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
ORDER BY k.created, k.n;

SET VARIABLE guests = 'all';

INSERT INTO image_member BY NAME
SELECT
    g.image_id,
    t.name AS tenant,
    CASE WHEN g.accepted IS NOT NULL THEN 'accepted' WHEN g.rejected IS NOT NULL THEN 'rejected' ELSE 'pending' END
        AS status,
    moment(g.shared) AS shared_at,
    moment(g.accepted) AS accepted_at,
    moment(coalesce(g.removed, d.deleted)) AS removed_at,
    moment(g.rejected) AS rejected_at
FROM guest AS g
INNER JOIN tenant AS t ON g.liked = t.liked
LEFT JOIN deletion AS d ON g.n = d.n
