-- The images for which an action is due, deprecations first.
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
