-- One row: a history interval, cut at the cover boundaries inside it. Between two boundaries the cover cannot change.
-- inputs: cover_boundary, history_interval
-- creates: table split_interval
WITH inner_edge AS (
    SELECT
        l.interval_id,
        list(DISTINCT e.moment ORDER BY e.moment) AS moments
    FROM history_interval AS l
    INNER JOIN cover_boundary AS e
        ON l.tenant = e.tenant AND l.offer_id = e.offer_id AND l.begins < e.moment AND l.ends > e.moment
    WHERE e.server_id IS NULL OR l.server_id = e.server_id
    GROUP BY l.interval_id
),

apart AS (
    SELECT
        l.interval_id,
        unnest([l.begins] || coalesce(i.moments, [])) AS begins,
        unnest(coalesce(i.moments, []) || [l.ends]) AS ends
    FROM history_interval AS l
    LEFT JOIN inner_edge AS i ON l.interval_id = i.interval_id
)

SELECT
    l.* EXCLUDE (begins, ends),
    a.begins,
    a.ends
FROM apart AS a
INNER JOIN history_interval AS l ON a.interval_id = l.interval_id
