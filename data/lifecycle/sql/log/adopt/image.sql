-- The image that a sync saw before the action that creates it is recorded: that action records it (see changes.sql).
-- inputs: done
DELETE FROM image
WHERE cloud = getvariable('cloud') AND blob IN (SELECT d.blob FROM done AS d)
