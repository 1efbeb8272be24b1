-- inputs: asked_image, request, wanted
SELECT
    r.row,
    r.actor,
    r.region,
    a.blob,
    r.new_id AS volume_id,
    r.name,
    r.size_gb,
    'make_disk' AS kind
FROM wanted AS w
INNER JOIN asked_image AS a ON w.row = a.row
INNER JOIN request AS r ON w.row = r.row
