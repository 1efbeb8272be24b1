SELECT
    'an image and a server have one id' AS problem,
    i.image_id AS thing,
    s.name AS detail
FROM image AS i
INNER JOIN server AS s ON i.image_id = s.server_id;
