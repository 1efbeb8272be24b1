-- The irreversible consequences of a planned batch, one row for each action: numbers of lines, images, and servers that
-- the action deletes or changes, or that cannot be rebuilt because their image is gone. The model of each action
-- defines which servers count ($irreversible, domain/actions/effects.py).
WITH line AS (
    SELECT
        l.action,
        l.action_id,
        l.image_id,
        l.tenant,
        i.servers
    FROM action_log AS l
    INNER JOIN (
        SELECT
            s.said.action,
            s.said.servers
        FROM (SELECT unnest($irreversible) AS said) AS s
    ) AS i ON l.action = i.action
    WHERE l.batch_id = $batch_id AND l.outcome = 'done' AND l.finished_at >= $since
),

touched AS (
    SELECT
        l.action,
        s.server_id
    FROM line AS l
    INNER JOIN server AS s ON l.image_id = s.image_id
    WHERE s.deleted_at IS NULL AND (l.servers = 'of image' OR (l.servers = 'of tenant' AND l.tenant = s.owner))
    UNION ALL
    SELECT
        l.action,
        l.action_id
    FROM line AS l
    WHERE l.servers = 'of request'
)

SELECT
    l.action,
    count(*) AS lines,
    count(DISTINCT l.image_id) AS images,
    coalesce(max(t.servers), 0) AS servers
FROM line AS l
LEFT JOIN (
    SELECT
        action,
        count(DISTINCT server_id) AS servers
    FROM touched
    GROUP BY action
) AS t ON l.action = t.action
GROUP BY l.action
ORDER BY l.action
