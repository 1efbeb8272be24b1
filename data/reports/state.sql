WITH image_counted AS (
    SELECT
        count(*) FILTER (WHERE i.deleted_at IS NULL) AS images,
        coalesce(list(DISTINCT i.region ORDER BY i.region), []) AS regions
    FROM image AS i
),

server_counted AS (
    SELECT count(*) AS servers
    FROM server AS s
    WHERE s.deleted_at IS NULL
),

offer_counted AS (
    SELECT count(*) AS offers
    FROM offer AS o
    WHERE o.withdrawn_at IS NULL
)

SELECT
    i.images,
    i.regions,
    s.servers,
    o.offers,
    (SELECT count(*) FROM current_member) AS shares,
    (SELECT count(*) FROM action_log) AS actions,
    (SELECT max(l.finished_at) FROM action_log AS l) AS last_action
FROM image_counted AS i
CROSS JOIN server_counted AS s
CROSS JOIN offer_counted AS o
