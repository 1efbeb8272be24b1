SELECT
    'an export is of an image that never was' AS problem,
    l.action_id AS thing,
    l.image_id AS detail
FROM action_log AS l
ANTI JOIN image AS i ON l.image_id = i.image_id
WHERE l.action = 'export_image' AND l.outcome = 'done';
