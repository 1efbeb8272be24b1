-- Step 3 of 3 (see changes.sql): delete the row of the sync. The effects of the action insert the image again, with the
-- id from the batch and with values that a sync cannot see, such as the origin.
-- inputs: done
DELETE FROM image
WHERE cloud = getvariable('cloud') AND blob IN (SELECT d.blob FROM done AS d)
