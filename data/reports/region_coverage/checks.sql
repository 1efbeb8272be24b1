SELECT
    'a disk is in another region than its image' AS problem,
    v.volume_id AS thing,
    v.region || ', ' || i.region AS detail
FROM volume AS v
INNER JOIN image AS i ON v.image_id = i.image_id
WHERE v.region <> i.region;
