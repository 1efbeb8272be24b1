-- inputs: made, rig, stretch_of, tenant
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
ORDER BY r.created, r.m
