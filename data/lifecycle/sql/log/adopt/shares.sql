-- Step 2 of 3 (see changes.sql): move the shares of the image to the new id.
-- inputs: done, request
UPDATE image_member
SET image_id = created.image_id
FROM (
    SELECT
        i.image_id AS seen_id,
        r.new_id AS image_id
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN image AS i ON d.blob = i.blob AND i.cloud = getvariable('cloud')
) AS created
WHERE image_member.image_id = created.seen_id
