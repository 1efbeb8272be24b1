-- The file is all there is of an export; the action log remembers it.
SELECT row FROM done
