SELECT
    'an image has a negative size' AS problem,
    i.image_id AS thing,
    i.size_bytes::VARCHAR AS detail
FROM image AS i
WHERE i.size_bytes < 0;
