-- Backups that images were made of, and some that none was made of yet.
-- inputs: made, rig, tenant
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
