-- inputs: found
SELECT
    f.problem,
    f.kind,
    f.id,
    f.name,
    f.owner,
    f.region,
    f.blob,
    f.expected_bytes,
    f.found_bytes
FROM found AS f
ORDER BY f.problem = 'stray', f.problem DESC, f.kind, f.region, f.id, f.blob
LIMIT $most
