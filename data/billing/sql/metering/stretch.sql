-- The parts that matter for the month, cut where the cover of a trial or of a term may change, with what covers them.
CREATE OR REPLACE TEMP TABLE live AS
SELECT
    p.* EXCLUDE (begins),
    greatest(p.begins, g.since) AS begins
FROM part AS p
INNER JOIN (
    SELECT
        u.tenant,
        u.offer_id,
        -- a credit counts from the first day on
        least(
            epoch_us(getvariable('since')),
            any_value(CASE WHEN t.credit IS NOT NULL AND t.ends > epoch_us(getvariable('since')) THEN t.begins END)
        ) AS since
    FROM part AS u
    LEFT JOIN trial AS t ON u.tenant = t.tenant AND u.offer_id = t.offer_id
    GROUP BY u.tenant, u.offer_id
) AS g ON p.tenant = g.tenant AND p.offer_id = g.offer_id
WHERE p.ends > g.since;

-- Tenants and offers of which some servers are covered, and others not: whose run began first has to be found.
CREATE OR REPLACE TEMP TABLE ranked AS
SELECT
    t.tenant,
    t.offer_id,
    t.begins,
    t.ends
FROM trial AS t
WHERE t.servers IS NOT NULL
UNION ALL
SELECT
    t.tenant,
    t.offer_id,
    t.begins,
    t.ends
FROM term AS t
WHERE t.pricing_model = 'contract';

CREATE OR REPLACE TEMP TABLE edge AS
WITH moment AS (
    SELECT
        l.tenant,
        l.offer_id,
        unnest([l.begins, l.ends]) AS moment
    FROM live AS l
    SEMI JOIN ranked AS r ON l.tenant = r.tenant AND l.offer_id = r.offer_id
)

SELECT DISTINCT
    m.tenant,
    m.offer_id,
    NULL::VARCHAR AS server_id,
    m.moment
FROM moment AS m
INNER JOIN ranked AS r ON m.tenant = r.tenant AND m.offer_id = r.offer_id
WHERE m.moment BETWEEN r.begins AND r.ends
UNION
SELECT
    r.tenant,
    r.offer_id,
    NULL AS server_id,
    unnest([r.begins, r.ends]) AS moment
FROM ranked AS r
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
FROM term AS t
WHERE t.pricing_model = 'yearly';

CREATE OR REPLACE TEMP TABLE cut AS
WITH inner_edge AS (
    SELECT
        l.part_id,
        list(DISTINCT e.moment ORDER BY e.moment) AS moments
    FROM live AS l
    INNER JOIN edge AS e
        ON l.tenant = e.tenant AND l.offer_id = e.offer_id AND l.begins < e.moment AND l.ends > e.moment
    WHERE e.server_id IS NULL OR l.server_id = e.server_id
    GROUP BY l.part_id
),

apart AS (
    SELECT
        l.part_id,
        unnest([l.begins] || coalesce(i.moments, [])) AS begins,
        unnest(coalesce(i.moments, []) || [l.ends]) AS ends
    FROM live AS l
    LEFT JOIN inner_edge AS i ON l.part_id = i.part_id
)

SELECT
    l.* EXCLUDE (begins, ends),
    a.begins,
    a.ends
FROM apart AS a
INNER JOIN live AS l ON a.part_id = l.part_id;

-- Who began first is covered: by a yearly term each server itself, then by contracts, then by the trial.
CREATE OR REPLACE TEMP TABLE stretch AS
WITH yearly AS (
    SELECT
        c.*,
        y.term_id AS yearly_id,
        r.tenant IS NOT NULL AS is_ranked,
        c.pricing_model NOT IN ('free', 'byol', 'one_time', 'yearly') AS can_be_tried
    FROM cut AS c
    LEFT JOIN term AS y
        ON
            y.pricing_model = 'yearly' AND c.server_id = y.server_id AND c.offer_id = y.offer_id
            AND c.begins >= y.begins AND c.begins < y.ends
    LEFT JOIN (
        SELECT DISTINCT
            tenant,
            offer_id
        FROM ranked
    ) AS r ON c.tenant = r.tenant AND c.offer_id = r.offer_id
),

running_place AS (
    SELECT
        y.part_id,
        y.begins,
        y.tenant,
        y.offer_id,
        row_number() OVER (PARTITION BY y.tenant, y.offer_id, y.begins ORDER BY y.run_begins, y.server_id) AS place
    FROM yearly AS y
    WHERE y.is_ranked AND y.yearly_id IS NULL AND y.state = 'running'
),

held AS (
    SELECT
        p.part_id,
        p.begins,
        p.place,
        t.term_id,
        t.servers,
        sum(t.servers) OVER (PARTITION BY p.part_id, p.begins ORDER BY t.begins, t.term_id) AS last_place
    FROM running_place AS p
    INNER JOIN term AS t
        ON
            t.pricing_model = 'contract' AND p.tenant = t.tenant AND p.offer_id = t.offer_id
            AND p.begins >= t.begins AND p.begins < t.ends
),

with_terms AS (
    SELECT
        y.*,
        coalesce(y.yearly_id, h.term_id) AS term_id
    FROM yearly AS y
    LEFT JOIN held AS h
        ON
            y.part_id = h.part_id AND y.begins = h.begins
            AND h.place <= h.last_place AND h.place > h.last_place - h.servers
),

trial_place AS (
    SELECT
        w.part_id,
        w.begins,
        row_number() OVER (PARTITION BY w.tenant, w.offer_id, w.begins ORDER BY w.run_begins, w.server_id) AS place
    FROM with_terms AS w
    WHERE w.is_ranked AND w.term_id IS NULL AND w.rate > 0 AND w.can_be_tried
),

covered AS (
    SELECT
        w.* EXCLUDE (yearly_id, is_ranked, can_be_tried),
        CASE
            WHEN w.term_id IS NOT NULL THEN 'used'
            WHEN
                t.credit IS NULL AND w.can_be_tried
                AND w.begins >= t.begins AND w.begins < t.ends
                AND (t.servers IS NULL OR p.place <= t.servers)
                THEN 'trial'
            ELSE 'charged'
        END AS cover,
        coalesce(t.credit IS NOT NULL AND w.begins < t.ends, FALSE) AS credited
    FROM with_terms AS w
    LEFT JOIN trial_place AS p ON w.part_id = p.part_id AND w.begins = p.begins
    LEFT JOIN trial AS t ON w.tenant = t.tenant AND w.offer_id = t.offer_id
),

-- Neighbours that are covered alike are one again.
changed AS (
    SELECT
        c.*,
        (
            lag(concat_ws('/', c.cover, c.credited, c.term_id)) OVER (PARTITION BY c.part_id ORDER BY c.begins)
            IS DISTINCT FROM concat_ws('/', c.cover, c.credited, c.term_id)
        ) AS changes
    FROM covered AS c
),

numbered AS (
    SELECT
        c.*,
        sum(c.changes::INTEGER) OVER (PARTITION BY c.part_id ORDER BY c.begins) AS nth
    FROM changed AS c
)

SELECT
    n.* EXCLUDE (ends, changes, nth),
    max(n.ends) OVER (PARTITION BY n.part_id, n.nth) AS ends
FROM numbered AS n
QUALIFY n.changes
