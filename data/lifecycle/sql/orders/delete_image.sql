-- inputs: asked_image, wanted
SELECT
    a.row,
    a.image_region AS region,
    a.blob,
    'release' AS kind
FROM wanted AS w
INNER JOIN asked_image AS a ON w.row = a.row
