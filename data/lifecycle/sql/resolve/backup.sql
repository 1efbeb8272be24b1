-- Resolve the backup of each request among those of the actor, by id: a backup has no name.
-- inputs: request
-- creates: table resolved_backup
SELECT
    r.row,
    b.backup_id,
    1 AS matches
FROM request AS r
INNER JOIN backup AS b ON r.backup_ref = b.backup_id AND r.actor = b.owner
