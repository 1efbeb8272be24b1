-- The lines of a batch that need no further work: done or denied. Failed lines can be retried.
-- A denied line can be retried too if a handle stood for an image that did not exist (image.unknown), and an earlier
-- line, which may create that image, had failed when the line was judged.
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
