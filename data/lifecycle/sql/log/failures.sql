-- The lines that failed at the cloud and did not succeed later, by error.
SELECT
    count(*) AS lines,
    min(seq) AS first_seq,
    action,
    error
FROM (
    SELECT *
    FROM action_log
    WHERE batch_id = $batch_id
    QUALIFY row_number() OVER (PARTITION BY line ORDER BY finished_at DESC, action_id DESC) = 1
) AS line
WHERE outcome = 'failed'
GROUP BY action, error
ORDER BY first_seq
LIMIT $most
