-- Batches with lines that were never carried out, because the process ended first.
WITH carried_out AS (
    SELECT
        batch_id,
        count(DISTINCT line) AS lines
    FROM action_log
    GROUP BY batch_id
)

SELECT
    b.batch_id,
    b.source,
    b.requests,
    coalesce(c.lines, 0) AS lines
FROM batch AS b
LEFT JOIN carried_out AS c ON b.batch_id = c.batch_id
WHERE coalesce(c.lines, 0) < b.requests AND b.begun_at < $until
ORDER BY b.begun_at, b.batch_id
