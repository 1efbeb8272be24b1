-- The servers that images are there for: of tenants on their own images, on shared and public ones, and on what is on
-- sale. Popular images have many.
-- inputs: doomed, friend, machine, made, public_slot, sale
INSERT INTO machine BY NAME
WITH wanted AS (
    SELECT
        t.n AS j,
        chance(t.n, 'use') AS x,
        getvariable('servers') - (SELECT count(*) FROM machine) AS many
    FROM range(getvariable('servers') - (SELECT count(*) FROM machine)) AS t (n)
),

own AS (
    SELECT
        i.n,
        i.owner,
        i.created + 1800 AS first,
        least(coalesce(d.used_until, getvariable('until')), getvariable('until') - 90000) AS last,
        row_number() OVER (ORDER BY chance(i.n, 'in use'), i.n) - 1 AS place
    FROM made AS i
    LEFT JOIN doomed AS d ON i.n = d.n
    WHERE
        i.fate IN ('private', 'adopted') AND i.image_type <> 'data_disk' AND i.created < getvariable('until') - 200000
    QUALIFY place < (SELECT max(many) FROM wanted) // 8 + 5
),

lent AS (
    SELECT
        f.n,
        f.tenant AS owner,
        f.shared + 1800 AS first,
        least(coalesce(f.removed, f.ends), getvariable('until') - 90000) AS last,
        row_number() OVER (ORDER BY chance(hash(f.n, f.g), 'in use'), f.n, f.g) - 1 AS place
    FROM friend AS f
    WHERE
        f.image_type <> 'data_disk'
        AND f.shared + 7200 < least(coalesce(f.removed, f.ends), getvariable('until') - 90000)
    QUALIFY place < (SELECT max(many) FROM wanted) // 8 + 5
),

open_to_all AS (
    SELECT
        -1 - p.nth AS n,
        p.created + 86400 AS first,
        least(coalesce(p.superseded, getvariable('until')), getvariable('until') - 90000) AS last,
        row_number() OVER (ORDER BY p.pair * (0.5 + chance(p.nth, 'in use')), p.nth) - 1 AS place
    FROM public_slot AS p
    WHERE p.created < getvariable('until') - 200000
),

for_sale AS (
    SELECT
        s.n,
        s.sold_at + 3600 AS first,
        least(coalesce(s.withdrawn_at, getvariable('until')), getvariable('until') - 90000) AS last,
        row_number() OVER (ORDER BY s.o) - 1 AS place
    FROM sale AS s
    WHERE s.sold_at < getvariable('until') - 200000
),

chosen AS (
    SELECT
        w.j,
        CASE WHEN w.x < 0.24 THEN 'own' WHEN w.x < 0.46 THEN 'lent' WHEN w.x < 0.65 THEN 'public' ELSE 'market' END
            AS use,
        CASE
            WHEN w.x < 0.24 THEN floor(chance(w.j, 'which') ** 1.5 * (SELECT count(*) FROM own))
            WHEN w.x < 0.46 THEN floor(chance(w.j, 'which') ** 1.5 * (SELECT count(*) FROM lent))
            WHEN w.x < 0.65 THEN zipf((SELECT count(*) FROM open_to_all), chance(w.j, 'which'))
            ELSE zipf((SELECT count(*) FROM for_sale), chance(w.j, 'which'))
        END::BIGINT AS place,
        zipf(getvariable('tenants'), chance(w.j, 'whose')) AS tenant
    FROM wanted AS w
),

found AS (
    SELECT
        c.j,
        coalesce(own.owner, lent.owner, c.tenant) AS owner,
        coalesce(own.n, lent.n, open_to_all.n, for_sale.n) AS n,
        coalesce(own.first, lent.first, open_to_all.first, for_sale.first) AS first,
        coalesce(own.last, lent.last, open_to_all.last, for_sale.last) AS last
    FROM chosen AS c
    LEFT JOIN own ON c.use = 'own' AND c.place = own.place
    LEFT JOIN lent ON c.use = 'lent' AND c.place = lent.place
    LEFT JOIN open_to_all ON c.use = 'public' AND c.place = open_to_all.place
    LEFT JOIN for_sale ON c.use = 'market' AND c.place = for_sale.place
),

begun AS (
    SELECT
        f.*,
        some_time(f.first, greatest(f.last, f.first + 60), pow(chance(f.j, 'since'), 0.8)) AS since
    FROM found AS f
    WHERE f.n IS NOT NULL
)

SELECT
    9000000000 + b.j AS m,
    9 AS wave,
    made_id('demo server', moment(b.since), 9000000000 + b.j, 1) AS server_id,
    concat(i.role, '-', 1 + floor(chance(b.j, 'number') * 20)::INTEGER) AS name,
    b.owner,
    b.n,
    b.since AS created,
    b.since AS last_used
FROM begun AS b
INNER JOIN made AS i ON b.n = i.n
