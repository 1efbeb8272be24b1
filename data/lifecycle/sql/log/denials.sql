-- Denied lines by rule: the number of lines, and the first line with its reason and remedy.
WITH line AS (
    SELECT
        seq,
        action,
        unnest(denied_by) AS rule_id,
        unnest(because) AS because,
        unnest(remedy) AS remedy
    FROM action_log
    WHERE batch_id = $batch_id AND verdict = 'denied'
)

SELECT
    count(*) AS lines,
    min(seq) AS first_seq,
    action,
    rule_id,
    arg_min(because, seq) AS because,
    arg_min(remedy, seq) AS remedy
FROM line
GROUP BY action, rule_id
ORDER BY first_seq, action, rule_id
LIMIT $most
