-- A range of the lines of a batch. A retried line has its latest state.
SELECT
    l.line,
    l.seq,
    l.action,
    l.actor,
    l.region,
    coalesce(l.image_id, l.request ->> '$.image') AS image,
    l.tenant,
    l.verdict,
    l.denied_by,
    l.because,
    l.remedy,
    l.outcome,
    l.error,
    coalesce(i.name, l.request ->> '$.image') AS image_name,
    l.request ->> '$.name' AS name,
    coalesce(l.request ->> '$.offer', l.request ->> '$.server') AS thing
FROM action_log AS l
LEFT JOIN image AS i ON l.image_id = i.image_id
WHERE l.batch_id = $batch_id AND l.line BETWEEN $first AND $last
QUALIFY row_number() OVER (PARTITION BY l.line ORDER BY l.finished_at DESC, l.action_id DESC) = 1
ORDER BY l.line
