-- Servers and the spans of their use, disks and backups, as they were thought out.

-- How a server's time goes: running through; stopped for a while; stopped in the end; resized; stopped, then resized;
-- builders, between one image and the next.
CREATE OR REPLACE TEMP TABLE stretch_of AS
SELECT
    r.m,
    r.server_id,
    r.created + floor(r.life * p.since)::BIGINT AS since,
    CASE WHEN p.till = 1 THEN r.gone ELSE r.created + floor(r.life * p.till)::BIGINT END AS till,
    p.state,
    list_extract(
        CASE r.target
            WHEN 'bms' THEN ['physical.s3.large', 'physical.o2.medium', 'physical.s4.large', 'physical.d2.large']
            ELSE [
                's3.large.2', 's3.medium.4', 's3.xlarge.2', 's6.large.4', 'c3.xlarge.2', 's3.medium.2', 'c6.large.4',
                's3.xlarge.4', 'm3.large.8', 's6.2xlarge.2', 'c3.2xlarge.4', 'm3.xlarge.8', 's6.4xlarge.4'
            ]
        END,
        1 + r.size + p.resized
    ) AS flavor,
    p.till = 1 AS is_last
FROM rig AS r
INNER JOIN (
    VALUES (0, 0.0, 1.0, 'running', 0),
    (1, 0.0, 0.4, 'running', 0), (1, 0.4, 0.65, 'stopped', 0), (1, 0.65, 1.0, 'running', 0),
    (2, 0.0, 0.7, 'running', 0), (2, 0.7, 1.0, 'stopped', 0),
    (3, 0.0, 0.55, 'running', 0), (3, 0.55, 1.0, 'running', 1),
    (4, 0.0, 0.3, 'running', 0), (4, 0.3, 0.35, 'stopped', 0), (4, 0.35, 0.6, 'running', 0),
    (4, 0.6, 0.7, 'stopped', 1), (4, 0.7, 1.0, 'running', 1),
    (5, 0.0, 0.1, 'running', 0), (5, 0.1, 0.5, 'stopped', 0), (5, 0.5, 0.6, 'running', 0),
    (5, 0.6, 0.9, 'stopped', 0), (5, 0.9, 1.0, 'running', 0)
) AS p (pattern, since, till, state, resized) ON r.pattern = p.pattern;

INSERT INTO server BY NAME
SELECT
    r.server_id,
    r.name,
    t.name AS owner,
    region_name(i.region) AS region,
    r.target,
    s.flavor,
    i.image_id,
    i.min_disk_gb AS system_disk_gb,
    CASE WHEN r.gone IS NOT NULL THEN 'terminated' ELSE s.state END AS state,
    moment(r.created) AS created_at,
    moment(coalesce(r.gone, s.since)) AS updated_at,
    moment(r.gone) AS deleted_at,
    sha256(concat_ws(' ', 'demo', i.content, i.kms_key_id)) AS blob,
    i.kms_key_id
FROM rig AS r
INNER JOIN stretch_of AS s ON r.m = s.m AND s.is_last
INNER JOIN made AS i ON r.n = i.n
INNER JOIN tenant AS t ON r.owner = t.owner
ORDER BY r.created, r.m;

INSERT INTO server_span BY NAME
SELECT
    s.server_id,
    i.image_id,
    s.flavor,
    s.state,
    moment(s.since) AS started_at,
    moment(s.till) AS ended_at
FROM stretch_of AS s
INNER JOIN rig AS r ON s.m = r.m
INNER JOIN made AS i ON r.n = i.n
ORDER BY s.since, s.m;

INSERT INTO volume BY NAME
SELECT
    d.volume_id,
    concat(i.role, '-disk-', 1 + floor(chance(d.d, 'number') * 20)::INTEGER) AS name,
    t.name AS owner,
    region_name(i.region) AS region,
    i.image_id,
    d.size_gb,
    moment(d.created) AS created_at,
    CASE
        WHEN chance(d.d, 'disk goes') < 0.3
            THEN moment(some_time(
                greatest(d.created, used.last) + 600, getvariable('until') + 600, chance(d.d, 'when the disk goes')
            ))
    END AS deleted_at,
    sha256(concat_ws(' ', 'demo', i.content, i.kms_key_id)) AS blob,
    i.kms_key_id
FROM disk AS d
INNER JOIN made AS i ON d.n = i.n
INNER JOIN tenant AS t ON d.owner = t.owner
LEFT JOIN (
    SELECT
        c.source_id,
        max(c.created) AS last
    FROM made AS c
    WHERE c.source_kind = 'volume'
    GROUP BY c.source_id
) AS used ON d.volume_id = used.source_id;

-- Backups that images were made of, and some that none was made of yet.
INSERT INTO backup BY NAME
WITH taken AS (
    SELECT
        c.source_id AS backup_id,
        c.m,
        c.backup_service AS service,
        c.created - 900 AS created
    FROM made AS c
    WHERE c.source_kind = 'backup'
    UNION ALL
    SELECT
        made_id('demo backup', moment(r.created + 1200), r.m, 2) AS backup_id,
        r.m,
        one_of(['cbr', 'cbr', 'csbs'], chance(r.m, 'backup service')) AS service,
        r.created + 1200 AS created
    FROM rig AS r
    WHERE chance(r.m, 'backed up') < 0.05 AND r.target = 'ecs'
)

SELECT
    b.backup_id,
    r.server_id,
    t.name AS owner,
    region_name(i.region) AS region,
    b.service,
    i.image_id,
    moment(b.created) AS created_at,
    sha256(concat_ws(' ', 'demo', i.content, i.kms_key_id)) AS blob,
    i.kms_key_id
FROM taken AS b
INNER JOIN rig AS r ON b.m = r.m
INNER JOIN made AS i ON r.n = i.n
INNER JOIN tenant AS t ON r.owner = t.owner
