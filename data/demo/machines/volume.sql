-- inputs: disk, made, tenant
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
) AS used ON d.volume_id = used.source_id
