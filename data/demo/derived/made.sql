-- Images of this wave, each made of something of the wave before that its owner had by then: a copy of an image, or
-- what a server or a disk was captured as. What finds nothing is an import.
-- inputs: disk, machine, made, slot, tenant
INSERT INTO made BY NAME
WITH asked AS (
    SELECT
        s.*,
        CASE
            WHEN chance(s.n, 'kind') < 0.48 THEN 'copy'
            WHEN chance(s.n, 'kind') < 0.55 AND s.wave = 1 THEN 'volume'
            WHEN chance(s.n, 'kind') BETWEEN 0.58 AND 0.60 THEN 'backup'
            ELSE 'capture'
        END AS wanted
    FROM slot AS s
    WHERE s.wave = getvariable('wave') AND s.fate = 'private'
),

image_before AS (
    SELECT
        i.n,
        i.owner,
        i.created,
        row_number() OVER (PARTITION BY i.owner ORDER BY i.created, i.n) - 1 AS place
    FROM made AS i
    WHERE i.wave = getvariable('wave') - 1 AND i.owner >= 0 AND i.image_type IN ('system_disk', 'data_disk')
),

machine_before AS (
    SELECT
        m.m,
        m.owner,
        m.created,
        row_number() OVER (PARTITION BY m.owner ORDER BY m.created, m.m) - 1 AS place
    FROM machine AS m
    WHERE m.wave = getvariable('wave') - 1
),

disk_before AS (
    SELECT
        d.d,
        d.owner,
        d.created,
        row_number() OVER (PARTITION BY d.owner ORDER BY d.created, d.d) - 1 AS place
    FROM disk AS d
    WHERE getvariable('wave') = 1
),

-- how many there were by then, and which of them it is: rather a late one
image_found AS (
    SELECT
        a.n,
        b.owner,
        b.place - floor((b.place + 1) * chance(a.n, 'which image') ** 2)::BIGINT AS place
    FROM asked AS a
    ASOF INNER JOIN image_before AS b ON a.owner = b.owner AND a.created > b.created
),

machine_found AS (
    SELECT
        a.n,
        b.owner,
        b.place - floor((b.place + 1) * chance(a.n, 'which server') ** 3)::BIGINT AS place
    FROM asked AS a
    ASOF INNER JOIN machine_before AS b ON a.owner = b.owner AND a.created > b.created + 3600
),

disk_found AS (
    SELECT
        a.n,
        b.owner,
        b.place - floor((b.place + 1) * chance(a.n, 'which disk') ** 2)::BIGINT AS place
    FROM asked AS a
    ASOF INNER JOIN disk_before AS b ON a.owner = b.owner AND a.created > b.created
    WHERE a.wanted = 'volume'
),

found AS (
    SELECT
        a.*,
        ib.n AS image_n,
        mb.m,
        db.d
    FROM asked AS a
    LEFT JOIN image_found AS i ON a.n = i.n
    LEFT JOIN image_before AS ib ON i.owner = ib.owner AND i.place = ib.place
    LEFT JOIN machine_found AS m ON a.n = m.n
    LEFT JOIN machine_before AS mb ON m.owner = mb.owner AND m.place = mb.place
    LEFT JOIN disk_found AS d ON a.n = d.n
    LEFT JOIN disk_before AS db ON d.owner = db.owner AND d.place = db.place
),

decided AS (
    SELECT
        f.*,
        CASE
            WHEN f.wanted = 'volume' AND f.d IS NOT NULL THEN 'volume'
            WHEN f.wanted = 'copy' AND f.image_n IS NOT NULL THEN 'copy'
            WHEN f.m IS NOT NULL THEN CASE f.wanted WHEN 'backup' THEN 'backup' ELSE 'capture' END
            WHEN f.image_n IS NOT NULL THEN 'copy'
            ELSE 'import'
        END AS source
    FROM found AS f
),

parted AS (
    SELECT
        d.*,
        m.server_id,
        v.volume_id,
        v.size_gb,
        CASE d.source
            WHEN 'copy' THEN d.image_n WHEN 'volume' THEN v.n WHEN 'import' THEN NULL ELSE m.n
        END AS parent_n
    FROM decided AS d
    LEFT JOIN machine AS m ON d.m = m.m
    LEFT JOIN disk AS v ON d.d = v.d
),

-- A captured disk has changed since it was made; a copy is the same.
joined AS (
    SELECT
        p.n,
        p.fate,
        p.wave,
        p.created,
        p.image_id,
        p.owner,
        p.source,
        i.n AS parent,
        i.kms_key_id AS parent_key,
        CASE WHEN i.n IS NULL THEN p.region ELSE i.region END AS parent_region,
        coalesce(i.role, p.role) AS role,
        CASE WHEN p.source = 'copy' THEN i.name ELSE name_of(coalesce(i.role, p.role), p.n, p.created) END AS name,
        CASE
            WHEN p.source = 'backup' THEN 'full_ecs'
            WHEN p.source = 'capture' AND i.target = 'ecs' AND chance(p.n, 'whole server') < 0.12 THEN 'full_ecs'
            WHEN p.source = 'capture' THEN 'system_disk'
            WHEN p.source = 'import' THEN p.image_type
            ELSE i.image_type
        END AS image_type,
        CASE WHEN i.n IS NULL THEN p.target ELSE i.target END AS target,
        CASE WHEN i.n IS NULL THEN p.os_type ELSE i.os_type END AS os_type,
        CASE WHEN i.n IS NULL THEN p.os_distribution ELSE i.os_distribution END AS os_distribution,
        CASE WHEN i.n IS NULL THEN p.os_version ELSE i.os_version END AS os_version,
        CASE WHEN i.n IS NULL THEN p.architecture ELSE i.architecture END AS architecture,
        CASE WHEN i.n IS NULL THEN p.disk_format ELSE i.disk_format END AS disk_format,
        CASE
            WHEN i.n IS NULL THEN p.size_bytes
            WHEN p.source = 'copy' THEN i.size_bytes
            ELSE least(
                floor(i.size_bytes // 65536 * (1 + 0.3 * chance(p.n, 'grown')))::BIGINT * 65536,
                i.virtual_size_bytes,
                80 * 1073741824::BIGINT
            )
        END AS size_bytes,
        CASE WHEN i.n IS NULL THEN p.virtual_size_bytes ELSE i.virtual_size_bytes END AS virtual_size_bytes,
        coalesce(CASE WHEN p.source = 'volume' THEN p.size_gb END, i.min_disk_gb, p.min_disk_gb) AS min_disk_gb,
        CASE WHEN i.n IS NULL THEN p.min_ram_mb ELSE i.min_ram_mb END AS min_ram_mb,
        CASE p.source WHEN 'copy' THEN i.content WHEN 'import' THEN p.content ELSE p.n END AS content,
        p.encrypted,
        t.name AS owner_name,
        CASE p.source WHEN 'copy' THEN 'image' WHEN 'capture' THEN 'server' WHEN 'import' THEN 'file' ELSE p.source END
            AS source_kind,
        CASE p.source
            WHEN 'copy' THEN i.image_id
            WHEN 'volume' THEN p.volume_id
            WHEN 'import' THEN p.file
            WHEN 'capture' THEN p.server_id
            ELSE made_id('demo backup', moment(p.created - 900), p.n, 1)
        END AS source_id,
        CASE WHEN p.source IN ('capture', 'backup') THEN p.m END AS m,
        CASE WHEN p.source IN ('copy', 'import') THEN coalesce(i.described, FALSE) ELSE FALSE END
            AS described,
        CASE
            WHEN i.n IS NULL THEN p.image_id
            WHEN i.sold_at <= p.created THEN i.image_id
            ELSE i.origin_image_id
        END AS origin_image_id,
        p.protected,
        CASE WHEN p.source = 'copy' AND i.deprecated <= p.created THEN i.deprecated ELSE p.deprecated END AS deprecated
    FROM parted AS p
    LEFT JOIN made AS i ON p.parent_n = i.n
    LEFT JOIN tenant AS t ON p.owner = t.owner
)

-- What is encrypted stays in its region and is decrypted or gets another key; what is not mostly goes to another.
SELECT
    j.n,
    j.fate,
    j.wave,
    j.created,
    j.image_id,
    j.owner,
    CASE
        WHEN j.source <> 'copy' OR j.parent_key IS NOT NULL OR chance(j.n, 'encrypts') < 0.05 THEN j.parent_region
        ELSE (j.parent_region + 1 + region_at(chance(j.n, 'to region')) % 4) % 5
    END AS region,
    j.role,
    j.name,
    j.image_type,
    j.target,
    j.os_type,
    j.os_distribution,
    j.os_version,
    j.architecture,
    j.disk_format,
    j.size_bytes,
    j.virtual_size_bytes,
    j.min_disk_gb,
    j.min_ram_mb,
    j.content,
    CASE
        WHEN j.source = 'import' THEN CASE WHEN j.encrypted THEN coalesce(j.owner_name, 'ims') || '-main' END
        WHEN j.source <> 'copy' THEN j.parent_key
        WHEN j.parent_key IS NOT NULL THEN CASE WHEN chance(j.n, 'encrypts') < 0.3 THEN j.parent_key || '-2' END
        WHEN chance(j.n, 'encrypts') < 0.05 AND j.target = 'ecs' THEN j.owner_name || '-copies'
    END AS kms_key_id,
    j.source_kind,
    j.source_id,
    j.parent,
    j.m,
    j.origin_image_id,
    CASE
        WHEN j.source = 'copy' OR j.image_type <> 'full_ecs' THEN NULL
        WHEN chance(j.n, 'backup service') < 0.65 THEN 'cbr'
        ELSE 'csbs'
    END AS backup_service,
    j.described,
    j.protected,
    j.deprecated
FROM joined AS j
