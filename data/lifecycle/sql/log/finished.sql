-- The lines of a batch that need nothing more: done, or denied. What failed may be tried again; and so may what was
-- denied an image that a handle stands for because, when it was judged, an earlier line that might have made it had
-- failed.
WITH failed AS (
    SELECT
        line,
        finished_at,
        lead(finished_at) OVER (PARTITION BY line ORDER BY finished_at, action_id) AS tried_again_at,
        outcome
    FROM action_log
    WHERE batch_id = $batch_id AND line IN (
        SELECT f.line
        FROM action_log AS f
        WHERE f.batch_id = $batch_id AND f.outcome = 'failed'
    )
)

SELECT log.line
FROM action_log AS log
WHERE
    log.batch_id = $batch_id
    AND log.outcome IS DISTINCT FROM 'failed'
    AND NOT (
        list_contains(log.denied_by, 'image.unknown')
        AND starts_with(log.request ->> '$.image', '$')
        AND EXISTS (
            SELECT 1
            FROM failed
            WHERE
                failed.outcome = 'failed'
                AND failed.line < log.line
                AND failed.finished_at <= log.finished_at
                AND coalesce(failed.tried_again_at > log.finished_at, TRUE)
        )
    )
