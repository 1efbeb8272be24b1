-- Public images: the usual systems first, where most tenants are; then all of them anew from time to time. The nth of
-- n images is the pair (of system and region) n % pairs in its release n // pairs.
-- inputs: os
-- creates: table public_slot
WITH pair AS (
    SELECT
        row_number() OVER (ORDER BY o.os + 7 * r.region, r.region) - 1 AS pair,
        o.os,
        r.region
    FROM os AS o
    CROSS JOIN range(5) AS r (region)
),

release AS (
    SELECT
        t.n AS nth,
        t.n // 100 AS release,
        (getvariable('publics') + 99) // 100 AS releases,
        p.*
    FROM range(getvariable('publics')) AS t (n)
    INNER JOIN pair AS p ON t.n % 100 = p.pair
),

dated AS (
    SELECT
        r.*,
        CASE r.release
            WHEN 0 THEN getvariable('begins') - 86400 * (10 + floor(50 * chance(r.pair, 'registered'))::BIGINT)
            ELSE some_time(getvariable('begins'), getvariable('until'), r.release / r.releases)
        END
        + floor(28800 * chance(r.nth, 'clock'))::BIGINT AS created
    FROM release AS r
)

SELECT
    d.*,
    lead(d.created) OVER (PARTITION BY d.pair ORDER BY d.release) AS superseded
FROM dated AS d
