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
        ON l.tenant = e.tenant AND l.offer_id = e.offer_id AND e.moment > l.begins AND e.moment < l.ends
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

CREATE OR REPLACE TEMP TABLE stretch AS
WITH place AS (
    SELECT
        c.part_id,
        c.begins,
        row_number() OVER (PARTITION BY c.tenant, c.offer_id, c.begins ORDER BY c.run_begins, c.server_id) AS place,
        CASE WHEN c.state = 'running' THEN
            row_number() OVER (
                PARTITION BY c.tenant, c.offer_id, c.begins, c.state ORDER BY c.run_begins, c.server_id
            )
        END AS running_place
    FROM cut AS c
    SEMI JOIN ranked AS r
        ON c.tenant = r.tenant AND c.offer_id = r.offer_id AND c.begins >= r.begins AND c.begins < r.ends
),

in_contract AS (
    SELECT
        p.part_id,
        p.begins,
        t.term_id,
        p.running_place,
        t.servers,
        sum(t.servers) OVER (PARTITION BY p.part_id, p.begins ORDER BY t.begins, t.term_id) AS last_place
    FROM place AS p
    INNER JOIN live AS l ON p.part_id = l.part_id
    INNER JOIN term AS t
        ON l.tenant = t.tenant AND l.offer_id = t.offer_id AND p.begins >= t.begins AND p.begins < t.ends
    WHERE t.pricing_model = 'contract' AND p.running_place IS NOT NULL
),

covered AS (
    SELECT
        c.*,
        coalesce(y.term_id, i.term_id) AS term_id,
        CASE
            WHEN coalesce(y.term_id, i.term_id) IS NOT NULL THEN 'used'
            WHEN
                t.credit IS NULL AND (c.timed OR c.pricing_model = 'monthly')
                AND c.begins >= t.begins AND c.begins < t.ends
                AND (t.servers IS NULL OR p.place <= t.servers)
                THEN 'trial'
            ELSE 'charged'
        END AS cover
    FROM cut AS c
    LEFT JOIN place AS p ON c.part_id = p.part_id AND c.begins = p.begins
    LEFT JOIN in_contract AS i
        ON
            c.part_id = i.part_id AND c.begins = i.begins
            AND i.running_place <= i.last_place AND i.running_place > i.last_place - i.servers
    LEFT JOIN term AS y
        ON
            y.pricing_model = 'yearly' AND c.server_id = y.server_id AND c.offer_id = y.offer_id
            AND c.begins >= y.begins AND c.begins < y.ends
    LEFT JOIN trial AS t ON c.tenant = t.tenant AND c.offer_id = t.offer_id
),

-- Neighbours that are covered alike are one again.
changed AS (
    SELECT
        c.*,
        lag(concat_ws('/', c.cover, c.term_id)) OVER (PARTITION BY c.part_id ORDER BY c.begins)
        IS DISTINCT FROM concat_ws('/', c.cover, c.term_id) AS changes
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
