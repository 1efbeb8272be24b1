-- inputs: request, resolved_server, resolved_volume
-- creates: table fact
SELECT
    r.row,
    r.actor,
    r.region,
    r.server,
    s.state AS server_state,
    s.target AS server_target,
    r.name,
    r.image_type AS wanted_type,
    i.image_type AS server_image_type,
    coalesce(m.matches, 0) AS server_matches,
    CASE WHEN disk.region <> s.region THEN 0 ELSE v.matches END AS volume_matches,
    exists(
        SELECT 1
        FROM image AS o
        WHERE o.owner = r.actor AND o.name = r.name AND o.region = s.region AND o.deleted_at IS NULL
    ) AS name_taken
FROM request AS r
LEFT JOIN resolved_server AS m ON r.row = m.row
LEFT JOIN server AS s ON m.server_id = s.server_id
LEFT JOIN image AS i ON s.image_id = i.image_id
LEFT JOIN resolved_volume AS v ON r.row = v.row
LEFT JOIN volume AS disk ON v.volume_id = disk.volume_id
