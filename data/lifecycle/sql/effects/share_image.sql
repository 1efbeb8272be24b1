-- inputs: done, request, resolved_image, running_counts
INSERT INTO image_member BY NAME
SELECT
    m.image_id,
    r.tenant,
    'pending' AS status,
    r.happened_at AS shared_at
FROM done AS d
INNER JOIN running_counts AS t ON d.row = t.row
INNER JOIN request AS r ON d.row = r.row
INNER JOIN resolved_image AS m ON d.row = m.row
WHERE NOT t.already_member
