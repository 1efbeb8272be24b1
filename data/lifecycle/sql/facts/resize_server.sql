-- inputs: request, resolved_server
-- creates: table fact
SELECT
    r.row,
    r.actor,
    r.region,
    r.server,
    s.state AS server_state,
    s.target AS server_target,
    r.flavor,
    f.target AS flavor_target,
    f.ram_mb AS flavor_ram_mb,
    coalesce(f.disk_gb, 0) AS flavor_disk_gb,
    i.min_ram_mb,
    s.system_disk_gb,
    coalesce(m.matches, 0) AS server_matches
FROM request AS r
LEFT JOIN resolved_server AS m ON r.row = m.row
LEFT JOIN server AS s ON m.server_id = s.server_id
LEFT JOIN image AS i ON s.image_id = i.image_id
LEFT JOIN flavor AS f ON r.flavor = f.flavor AND f.cloud = getvariable('cloud')
