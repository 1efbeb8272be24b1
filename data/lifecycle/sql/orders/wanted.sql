-- The allowed requests.
-- inputs: verdict
-- creates: view wanted
SELECT v.row
FROM verdict AS v
WHERE v.objections = 0
