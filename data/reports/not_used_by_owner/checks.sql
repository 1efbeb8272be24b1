SELECT
    'an image is a copy of one that never was' AS problem,
    c.image_id AS thing,
    c.source_id AS detail
FROM image AS c
ANTI JOIN image AS i ON c.source_id = i.image_id
WHERE c.source_kind = 'image';
