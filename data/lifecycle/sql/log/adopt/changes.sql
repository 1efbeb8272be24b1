-- A sync may see an image before the action that creates it is recorded. The sync then knows it by the id that the
-- cloud gave it. What was found about the image gets the id under which the action records it.
-- inputs: done, request
UPDATE inventory_change
SET image_id = created.image_id
FROM (
    SELECT
        i.image_id AS seen_id,
        r.new_id AS image_id
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN image AS i ON d.blob = i.blob AND i.cloud = getvariable('cloud')
) AS created
WHERE inventory_change.image_id = created.seen_id
