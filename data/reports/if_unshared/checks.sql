SELECT
    'a server is of an image in another region' AS problem,
    s.server_id AS thing,
    s.image_id AS detail
FROM server AS s
INNER JOIN image AS i ON s.image_id = i.image_id
WHERE s.region <> i.region;
