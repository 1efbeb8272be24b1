SELECT
    'an image stems from one that never was' AS problem,
    i.image_id AS thing,
    i.origin_image_id AS detail
FROM image AS i
ANTI JOIN image AS o ON i.origin_image_id = o.image_id;

SELECT
    'an image is older than what it was made of' AS problem,
    p.image_id AS thing,
    p.parent_image_id AS detail
FROM image_parent AS p
INNER JOIN image AS i ON p.image_id = i.image_id
INNER JOIN image AS parent ON p.parent_image_id = parent.image_id
WHERE i.created_at < parent.created_at;
