-- inputs: resolved_server
-- creates: view line_image
SELECT
    m.row,
    t.image_id
FROM resolved_server AS m
INNER JOIN server AS t ON m.server_id = t.server_id
