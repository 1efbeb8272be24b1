-- One row: a moment at which what covers a server may change: a run of the tenant starts or ends while a ranked cover
-- holds, or a cover starts or ends. server_id is NULL if the moment matters to all servers of the tenant and offer.
-- inputs: commitment, history_interval, ranked_cover, trial
-- creates: table cover_boundary
WITH moment AS (
    SELECT
        l.tenant,
        l.offer_id,
        unnest([l.begins, l.ends]) AS moment
    FROM history_interval AS l
    SEMI JOIN ranked_cover AS r ON l.tenant = r.tenant AND l.offer_id = r.offer_id
)

SELECT DISTINCT
    m.tenant,
    m.offer_id,
    NULL::VARCHAR AS server_id,
    m.moment
FROM moment AS m
INNER JOIN ranked_cover AS r ON m.tenant = r.tenant AND m.offer_id = r.offer_id
WHERE m.moment BETWEEN r.begins AND r.ends
UNION
SELECT
    r.tenant,
    r.offer_id,
    NULL AS server_id,
    unnest([r.begins, r.ends]) AS moment
FROM ranked_cover AS r
UNION
SELECT
    t.tenant,
    t.offer_id,
    NULL AS server_id,
    t.ends AS moment
FROM trial AS t
UNION
SELECT
    t.tenant,
    t.offer_id,
    t.server_id,
    unnest([t.begins, t.ends]) AS moment
FROM commitment AS t
WHERE t.server_id IS NOT NULL
