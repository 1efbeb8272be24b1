-- Step 1 of 3: move the recorded changes of the image to the new id.
-- A sync can run between the moment when a cloud creates an image and the moment when the action is recorded. That sync
-- stores the image under the id of the cloud (its blob), while the action has an id of its own (new_id), which handles
-- of the batch stand for. The blob connects the two. Steps 1 and 2 read the row of the sync, so step 3 deletes it last.
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
