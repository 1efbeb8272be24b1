-- inputs: done, request, resolved_server
INSERT INTO backup BY NAME
SELECT
    r.new_id AS backup_id,
    s.server_id,
    r.actor AS owner,
    s.region,
    r.service,
    s.image_id,
    r.happened_at AS created_at,
    s.blob,
    s.kms_key_id
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN resolved_server AS m ON d.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id
