SELECT
    'an image is in no region' AS problem,
    i.image_id AS thing,
    i.name AS detail
FROM image AS i
WHERE trim(i.region) = '';
