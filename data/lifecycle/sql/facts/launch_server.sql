-- inputs: asked_image, request
-- creates: table fact
SELECT
    a.row,
    a.actor,
    a.region,
    a.image,
    a.image_matches,
    a.image_name,
    a.image_owner,
    a.image_region,
    a.visibility,
    a.status,
    a.image_type,
    a.image_target,
    a.min_ram_mb,
    a.min_disk_gb AS system_disk_gb,
    r.flavor,
    f.target AS flavor_target,
    f.ram_mb AS flavor_ram_mb,
    coalesce(f.disk_gb, 0) AS flavor_disk_gb,
    coalesce(r.target, f.target, 'ecs') AS wanted_target
FROM asked_image AS a
INNER JOIN request AS r ON a.row = r.row
LEFT JOIN flavor AS f ON r.flavor = f.flavor AND f.cloud = getvariable('cloud')
