-- inputs: resolved_image
-- creates: view line_image
SELECT
    m.row,
    m.image_id
FROM resolved_image AS m
