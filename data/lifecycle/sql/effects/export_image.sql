-- An export changes no table. The action log has its row.
-- inputs: done
SELECT row FROM done
