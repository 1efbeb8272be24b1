-- One call for an action that only changes an image.
-- inputs: asked_image, request, wanted
SELECT
    r.row,
    r.actor,
    a.image_region AS region,
    a.blob,
    r.tenant,
    r.request_json,
    'call' AS kind
FROM wanted AS w
INNER JOIN asked_image AS a ON w.row = a.row
INNER JOIN request AS r ON w.row = r.row
