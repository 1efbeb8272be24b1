-- What of a planned batch cannot be undone, an action a row: lines, and the servers that it takes away, changes, or
-- leaves without an image that they can be made of again.
WITH line AS (
    SELECT
        l.action,
        l.action_id,
        l.image_id,
        l.tenant
    FROM action_log AS l
    WHERE
        l.batch_id = $batch_id AND l.outcome = 'done' AND l.finished_at >= $since
        AND l.action IN ('delete_image', 'unshare_image', 'withdraw_image', 'change_os', 'terminate_server')
),

touched AS (
    SELECT
        l.action,
        s.server_id
    FROM line AS l
    INNER JOIN server AS s ON l.image_id = s.image_id
    WHERE s.deleted_at IS NULL AND l.action = 'delete_image'
    UNION ALL
    SELECT
        l.action,
        s.server_id
    FROM line AS l
    INNER JOIN server AS s ON l.image_id = s.image_id AND l.tenant = s.owner
    WHERE s.deleted_at IS NULL AND l.action = 'unshare_image'
    UNION ALL
    SELECT
        l.action,
        l.action_id
    FROM line AS l
    WHERE l.action IN ('change_os', 'terminate_server')
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
