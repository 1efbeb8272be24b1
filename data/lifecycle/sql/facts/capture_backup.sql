-- inputs: request, resolved_backup
-- creates: table fact
SELECT
    r.row,
    r.actor,
    r.region,
    r.backup,
    r.name,
    coalesce(m.matches, 0) AS backup_matches,
    (
        SELECT count(*)
        FROM image AS made
        WHERE made.source_kind = 'backup' AND made.source_id = m.backup_id AND made.deleted_at IS NULL
    ) AS images_made,
    exists(
        SELECT 1
        FROM image AS i
        WHERE i.owner = r.actor AND i.name = r.name AND i.region = b.region AND i.deleted_at IS NULL
    ) AS name_taken
FROM request AS r
LEFT JOIN resolved_backup AS m ON r.row = m.row
LEFT JOIN backup AS b ON m.backup_id = b.backup_id
