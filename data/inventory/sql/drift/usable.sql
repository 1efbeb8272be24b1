-- inputs: found
SELECT
    f.id,
    f.owner,
    f.region,
    f.problem
FROM found AS f
WHERE f.usable
ORDER BY f.owner, f.region, f.id
LIMIT $most
