-- What images of the next wave are made of: servers on images of this one, and disks on data-disk images. Before the
-- first wave also servers of all tenants on public images, and on what is on sale.
-- inputs: made, sale
INSERT INTO machine BY NAME
WITH public_use AS (
    SELECT
        j.n AS j,
        CASE WHEN j.n < getvariable('tenants') THEN j.n ELSE zipf(getvariable('tenants'), chance(j.n, 'builder')) END
            AS owner,
        chance(j.n, 'builder since') ** 2 * 0.9 AS part,
        zipf(least(getvariable('publics'), 100), chance(j.n, 'builder of')) AS pair,
        (getvariable('publics') + 99) // 100 AS releases
    FROM range(CASE getvariable('wave') WHEN 1 THEN getvariable('servers') * 9 // 100 ELSE 0 END) AS j (n)
),

-- the latest release of the pair by then, where the last release is not complete
public_chosen AS (
    SELECT
        p.*,
        p.pair + 100 * least(
            floor(p.part * p.releases)::BIGINT, (getvariable('publics') - 1 - p.pair) // 100
        ) AS nth
    FROM public_use AS p
),

market_use AS (
    SELECT
        j.n AS j,
        zipf(getvariable('tenants'), chance(j.n, 'market builder')) AS owner,
        zipf(getvariable('offers'), chance(j.n, 'market builder of')) AS o
    FROM range(CASE getvariable('wave') WHEN 1 THEN getvariable('servers') * 6 // 100 ELSE 0 END) AS j (n)
),

own_ranked AS (
    SELECT
        i.n,
        i.owner,
        i.created,
        row_number() OVER (PARTITION BY i.owner ORDER BY i.created, i.n) AS place
    FROM made AS i
    WHERE
        i.wave = getvariable('wave') - 1 AND i.fate = 'private' AND i.image_type IN ('system_disk', 'full_ecs')
        AND i.created < getvariable('until') - 172800
),

own AS (
    SELECT
        r.n,
        r.owner,
        r.created + 600 + floor(400000 * chance(r.n, 'builder since') ** 2)::BIGINT AS since
    FROM own_ranked AS r
    -- big owners first, each with one
    ORDER BY r.place > 1, r.owner * (0.5 + chance(r.n, 'builder')), chance(r.n, 'builder'), r.n
    LIMIT getvariable('servers') * CASE getvariable('wave') WHEN 1 THEN 8 WHEN 2 THEN 7 WHEN 3 THEN 4 ELSE 2 END // 100
),

chosen AS (
    SELECT
        c.owner,
        -1 - c.nth AS n,
        greatest(
            getvariable('begins') + floor((getvariable('until') - getvariable('begins') - 172800) * c.part)::BIGINT,
            i.created + 3600
        ) AS since
    FROM public_chosen AS c
    INNER JOIN made AS i ON i.n = -1 - c.nth
    UNION ALL
    SELECT
        m.owner,
        s.n,
        some_time(
            s.sold_at, coalesce(s.withdrawn_at, getvariable('until') - 90000), 0.7 * chance(m.j, 'market since')
        ) AS since
    FROM market_use AS m
    INNER JOIN sale AS s ON m.o = s.o
    WHERE s.sold_at < getvariable('until') - 172800
    UNION ALL
    SELECT
        o.owner,
        o.n,
        o.since
    FROM own AS o
),

numbered AS (
    SELECT
        getvariable('wave') * 1000000000 + row_number() OVER (ORDER BY c.since, c.owner, c.n) AS m,
        c.*
    FROM chosen AS c
    WHERE c.since < getvariable('until') - 90000
)

SELECT
    c.m,
    getvariable('wave') - 1 AS wave,
    made_id('demo server', moment(c.since), c.m, 1) AS server_id,
    concat('build-', 1 + c.m % 97) AS name,
    c.owner,
    c.n,
    c.since AS created,
    c.since AS last_used
FROM numbered AS c
