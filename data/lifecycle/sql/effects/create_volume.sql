-- inputs: asked_image, done, request
INSERT INTO volume BY NAME
SELECT
    r.new_id AS volume_id,
    r.name,
    r.actor AS owner,
    r.region,
    a.image_id,
    r.size_gb,
    r.happened_at AS created_at,
    coalesce(d.blob, a.blob) AS blob,
    a.kms_key_id,
    getvariable('cloud') AS cloud
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN asked_image AS a ON d.row = a.row
