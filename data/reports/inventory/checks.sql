SELECT
    'several images have one id' AS problem,
    i.image_id AS thing,
    count(*)::VARCHAR AS detail
FROM image AS i
GROUP BY i.image_id
HAVING count(*) > 1;
