-- A request for several servers numbers them. The first has the id that the request's handle stands for.
-- inputs: asked_image, done, request
INSERT INTO server BY NAME
SELECT
    nth_id(r.new_id, r.happened_at, r.seq, n.ordinal) AS server_id,
    CASE WHEN r.count = 1 THEN r.name ELSE concat(r.name, '-', n.ordinal) END AS name,
    r.actor AS owner,
    r.region,
    a.image_target AS target,
    r.flavor,
    a.image_id,
    greatest(a.min_disk_gb, f.disk_gb) AS system_disk_gb,
    'running' AS state,
    r.happened_at AS created_at,
    r.happened_at AS updated_at,
    coalesce(d.blobs[n.ordinal], a.blob) AS blob,
    a.kms_key_id,
    getvariable('cloud') AS cloud
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN asked_image AS a ON d.row = a.row
LEFT JOIN flavor AS f ON r.flavor = f.flavor AND f.cloud = getvariable('cloud')
CROSS JOIN LATERAL (SELECT unnest(range(1, r.count + 1)) AS ordinal) AS n
