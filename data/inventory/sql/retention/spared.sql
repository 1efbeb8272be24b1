-- inputs: swept
SELECT
    s.rule,
    s.verdict,
    count(*) AS images
FROM swept AS s
WHERE s.verdict NOT IN ('deprecate', 'delete')
GROUP BY s.rule, s.verdict
ORDER BY s.rule, s.verdict
