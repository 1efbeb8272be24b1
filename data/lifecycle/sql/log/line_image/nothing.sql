-- The action has no reference, so no request has an image.
-- inputs: request
-- creates: view line_image
SELECT
    r.row,
    NULL::VARCHAR AS image_id
FROM request AS r
