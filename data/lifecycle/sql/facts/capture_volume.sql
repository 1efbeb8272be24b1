-- inputs: request, resolved_volume
-- creates: table fact
SELECT
    r.row,
    r.actor,
    r.region,
    r.volume,
    r.name,
    coalesce(m.matches, 0) AS volume_matches,
    exists(
        SELECT 1
        FROM image AS i
        WHERE i.owner = r.actor AND i.name = r.name AND i.region = v.region AND i.deleted_at IS NULL
    ) AS name_taken
FROM request AS r
LEFT JOIN resolved_volume AS m ON r.row = m.row
LEFT JOIN volume AS v ON m.volume_id = v.volume_id
