-- inputs: asked_image, done, request, resolved_server
-- creates: table changed
SELECT
    s.* REPLACE (
        i.image_id AS image_id,
        CASE WHEN getvariable('manages_images') THEN s.blob ELSE i.blob END AS blob,
        i.kms_key_id AS kms_key_id,
        greatest(s.system_disk_gb, i.min_disk_gb) AS system_disk_gb
    ),
    r.happened_at
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN resolved_server AS m ON d.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id
INNER JOIN asked_image AS i ON d.row = i.row
