-- inputs: made, tenant
-- creates: table sale
WITH ordered AS (
    SELECT
        row_number() OVER (
            ORDER BY
                chance(m.n, 'popular')
                * (0.2 + (m.sold_at - getvariable('begins')) / (getvariable('until') - getvariable('begins'))),
                m.n
        ) - 1 AS o,
        m.*
    FROM made AS m
    WHERE m.fate = 'sold'
),

placed AS (
    SELECT
        o.*,
        -- the first fourteen have all the prices there are, the others mostly the usual ones
        CASE
            WHEN o.o < 14 THEN o.o
            ELSE one_of([0, 0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9, 9, 10, 11, 11, 12, 13], chance(o.n, 'price'))
        END AS place,
        CASE
            WHEN o.o > 2 AND chance(o.n, 'withdrawn') < 0.12
                THEN some_time(o.sold_at + 1, getvariable('until'), 0.5 + 0.5 * chance(o.n, 'when withdrawn'))
        END AS withdrawn_at,
        CASE
            WHEN chance(o.n, 'price changes') < 0.3
                THEN some_time(o.sold_at + 1, getvariable('until'), 0.4 + 0.5 * chance(o.n, 'when the price changes'))
        END AS changed_at
    FROM ordered AS o
),

-- What is on sale under one name is told apart by a number.
named AS (
    SELECT
        p.*,
        concat(
            t.name, '-', p.role, one_of(['', '-pro', '-secure', '-enterprise', '-lite'], chance(p.n, 'edition'))
        ) AS plain_name
    FROM placed AS p
    INNER JOIN tenant AS t ON p.owner = t.owner
)

SELECT
    n.o,
    n.n,
    n.image_id,
    n.owner,
    n.sold_at,
    made_id('demo offer', moment(n.sold_at), n.n, 1) AS offer_id,
    made_id('demo price', moment(n.sold_at), n.n, 1) AS price_id,
    concat(n.plain_name, nullif('-' || row_number() OVER (PARTITION BY n.plain_name ORDER BY n.o), '-1')) AS name,
    CASE WHEN n.o > 7 AND chance(n.n, 'currency') < 0.04 THEN 'USD' ELSE 'EUR' END AS currency,
    n.place,
    n.withdrawn_at,
    -- contracts keep their price, and what costs nothing may cost something later
    CASE
        WHEN n.place NOT IN (1, 7) AND (n.withdrawn_at IS NULL OR n.changed_at < n.withdrawn_at) THEN n.changed_at
    END AS changed_at
FROM named AS n
