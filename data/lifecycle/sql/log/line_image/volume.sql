-- inputs: resolved_volume
-- creates: view line_image
SELECT
    m.row,
    t.image_id
FROM resolved_volume AS m
INNER JOIN volume AS t ON m.volume_id = t.volume_id
