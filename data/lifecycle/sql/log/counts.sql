SELECT
    what,
    count(*) AS lines
FROM (
    SELECT coalesce(outcome, verdict) AS what
    FROM action_log
    WHERE batch_id = $batch_id
    QUALIFY row_number() OVER (PARTITION BY line ORDER BY finished_at DESC, action_id DESC) = 1
) AS line
GROUP BY what
