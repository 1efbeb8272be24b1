-- What is due, deprecations first, then how many each rule spares and why.
-- inputs: swept
SELECT
    s.rule,
    s.verdict,
    s.image_id,
    s.name,
    s.owner,
    s.region
FROM swept AS s
WHERE s.verdict IN ('deprecate', 'delete')
ORDER BY s.verdict DESC, s.rule, s.owner, s.region, s.image_id
