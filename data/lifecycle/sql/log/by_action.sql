-- The states of the lines of a batch, one row for each action, in the order of their first lines.
SELECT
    action,
    count(*) AS lines,
    count(*) FILTER (outcome = 'done') AS done,
    count(*) FILTER (verdict = 'denied') AS denied,
    count(*) FILTER (outcome = 'failed') AS failed
FROM (
    SELECT *
    FROM action_log
    WHERE batch_id = $batch_id
    QUALIFY row_number() OVER (PARTITION BY line ORDER BY finished_at DESC, action_id DESC) = 1
) AS line
GROUP BY action
ORDER BY min(line)
