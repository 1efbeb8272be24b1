SELECT
    'an image is deleted before it is made' AS problem,
    i.image_id AS thing,
    i.deleted_at::VARCHAR AS detail
FROM image AS i
WHERE i.deleted_at < i.created_at;

SELECT
    'an image is deleted by its status or by its time, but not by both' AS problem,
    i.image_id AS thing,
    i.status AS detail
FROM image AS i
WHERE (i.status = 'deleted') <> (i.deleted_at IS NOT NULL);
