-- Which backup of the actor's each request means; a backup has no name, only its id.
-- inputs: request
-- creates: table resolved_backup
SELECT
    r.row,
    b.backup_id,
    1 AS matches
FROM request AS r
INNER JOIN backup AS b ON r.backup_ref = b.backup_id AND r.actor = b.owner
