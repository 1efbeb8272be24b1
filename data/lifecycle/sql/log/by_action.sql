-- What became of the lines of a batch, action by action in the order they come first.
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
