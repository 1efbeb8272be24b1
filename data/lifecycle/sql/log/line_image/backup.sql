-- inputs: resolved_backup
-- creates: view line_image
SELECT
    m.row,
    t.image_id
FROM resolved_backup AS m
INNER JOIN backup AS t ON m.backup_id = t.backup_id
