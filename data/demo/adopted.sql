-- Copies that recipients made of what was shared with them, in its region; where there is nothing to copy, imports.
-- Not each part of a UNION BY NAME has all columns (AM07):
-- sqlfluff:exclude_rules:AM07,RF02,RF04,ST06
-- inputs: friend, made, slot, tenant
INSERT INTO made BY NAME
WITH willing AS (
    SELECT
        f.n,
        f.tenant,
        f.accepted
    FROM friend AS f
    WHERE
        f.accepted < getvariable('until') - 7200 AND f.removed IS NULL AND NOT f.doomed
        AND f.image_type IN ('system_disk', 'data_disk')
    QUALIFY row_number() OVER (PARTITION BY f.n ORDER BY f.g) = 1
),

ready AS (
    SELECT
        w.*,
        row_number() OVER (ORDER BY chance(w.n, 'adopted guest'), w.n) AS place
    FROM willing AS w
),

asked AS (
    SELECT
        s.*,
        row_number() OVER (ORDER BY s.n) AS place
    FROM slot AS s
    WHERE s.fate = 'adopted'
),

copied AS (
    SELECT
        a.n,
        a.fate,
        a.image_id,
        some_time(r.accepted, getvariable('until'), chance(a.n, 'when adopted')) AS created,
        r.tenant AS owner,
        i.n AS parent,
        i.region,
        i.role,
        i.name,
        i.image_type,
        i.target,
        i.os_type,
        i.os_distribution,
        i.os_version,
        i.architecture,
        i.disk_format,
        i.size_bytes,
        i.virtual_size_bytes,
        i.min_disk_gb,
        i.min_ram_mb,
        i.content,
        i.image_id AS source_id,
        i.origin_image_id,
        i.described,
        i.deprecated
    FROM asked AS a
    INNER JOIN ready AS r ON a.place = r.place
    INNER JOIN made AS i ON r.n = i.n
)

SELECT
    c.* EXCLUDE (deprecated),
    5 AS wave,
    CASE WHEN chance(c.n, 'encrypts') < 0.04 AND c.target = 'ecs' THEN t.name || '-copies' END AS kms_key_id,
    'image' AS source_kind,
    FALSE AS protected,
    CASE WHEN c.deprecated <= c.created THEN c.deprecated END AS deprecated
FROM copied AS c
INNER JOIN tenant AS t ON c.owner = t.owner
UNION ALL BY NAME
SELECT
    a.n,
    a.fate,
    a.created,
    a.image_id,
    a.owner,
    a.region,
    a.role,
    a.name,
    a.image_type,
    a.target,
    a.os_type,
    a.os_distribution,
    a.os_version,
    a.architecture,
    a.disk_format,
    a.size_bytes,
    a.virtual_size_bytes,
    a.min_disk_gb,
    a.min_ram_mb,
    a.content,
    'file' AS source_kind,
    a.file AS source_id,
    a.image_id AS origin_image_id,
    FALSE AS described,
    a.protected,
    a.deprecated,
    5 AS wave
FROM asked AS a
WHERE a.place > (SELECT count(*) FROM ready)
