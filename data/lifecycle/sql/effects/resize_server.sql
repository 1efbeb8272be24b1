-- inputs: done, request, resolved_server
-- creates: table changed
SELECT
    s.* REPLACE (r.flavor AS flavor, greatest(s.system_disk_gb, f.disk_gb) AS system_disk_gb),
    r.happened_at
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN resolved_server AS m ON d.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id
LEFT JOIN flavor AS f ON r.flavor = f.flavor AND f.cloud = getvariable('cloud')
WHERE s.flavor <> r.flavor
