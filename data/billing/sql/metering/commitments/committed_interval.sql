-- One row: a split interval with the commitment that covers it, if any: the year of its own server, in any state; else
-- a contract. commitment_id is NULL if none does.
-- inputs: commitment, ranked_cover, split_interval
-- creates: table committed_interval
WITH by_year AS (
    SELECT
        c.*,
        y.commitment_id AS year_commitment_id,
        r.tenant IS NOT NULL AS is_ranked
    FROM split_interval AS c
    LEFT JOIN commitment AS y
        ON
            c.server_id = y.server_id AND c.offer_id = y.offer_id
            AND c.begins >= y.begins AND c.begins < y.ends
    LEFT JOIN (
        SELECT DISTINCT
            tenant,
            offer_id
        FROM ranked_cover
    ) AS r ON c.tenant = r.tenant AND c.offer_id = r.offer_id
),

-- Contracts cover running servers that no year covers, in the order in which their runs began (then of server_id): the
-- servers that run longest keep their cover when a new server starts.
running_place AS (
    SELECT
        y.interval_id,
        y.begins,
        y.tenant,
        y.offer_id,
        row_number() OVER (PARTITION BY y.tenant, y.offer_id, y.begins ORDER BY y.run_begins, y.server_id) AS place
    FROM by_year AS y
    WHERE y.is_ranked AND y.year_commitment_id IS NULL AND y.state = 'running'
),

-- The contracts of one moment share the places: the first covers places 1 to n, the next n + 1 to n + m.
contract_place AS (
    SELECT
        p.interval_id,
        p.begins,
        p.place,
        t.commitment_id,
        t.servers,
        sum(t.servers) OVER (PARTITION BY p.interval_id, p.begins ORDER BY t.begins, t.commitment_id) AS last_place
    FROM running_place AS p
    INNER JOIN commitment AS t
        ON
            t.server_id IS NULL AND p.tenant = t.tenant AND p.offer_id = t.offer_id
            AND p.begins >= t.begins AND p.begins < t.ends
)

SELECT
    y.*,
    coalesce(y.year_commitment_id, h.commitment_id) AS commitment_id
FROM by_year AS y
LEFT JOIN contract_place AS h
    ON
        y.interval_id = h.interval_id AND y.begins = h.begins
        AND h.place <= h.last_place AND h.place > h.last_place - h.servers
