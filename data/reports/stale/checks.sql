SELECT
    'a disk is made of an image that never was' AS problem,
    v.volume_id AS thing,
    v.image_id AS detail
FROM volume AS v
ANTI JOIN image AS i ON v.image_id = i.image_id;

SELECT
    'a disk is deleted before it is made' AS problem,
    v.volume_id AS thing,
    v.deleted_at::VARCHAR AS detail
FROM volume AS v
WHERE v.deleted_at < v.created_at;
