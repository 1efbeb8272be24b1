-- The file is all there is of an export; the action log remembers it.
-- inputs: done
SELECT row FROM done
