SELECT
    'a change is of an image that is not there' AS problem,
    c.image_id AS thing,
    c.what AS detail
FROM inventory_change AS c
ANTI JOIN image AS i ON c.image_id = i.image_id;

SELECT
    'a change was found by no sync' AS problem,
    c.sync_id AS thing,
    c.image_id AS detail
FROM inventory_change AS c
ANTI JOIN inventory_sync AS s ON c.sync_id = s.sync_id AND c.region = s.region;
