-- Which images are to be deleted, and until when they are used at least: nothing begins with them after that.
CREATE OR REPLACE TEMP TABLE doomed AS
SELECT
    i.n,
    greatest(i.created + (getvariable('until') - i.created) // 2, s.withdrawn_at) AS used_until
FROM made AS i
LEFT JOIN sale AS s ON i.n = s.n
WHERE
    chance(i.n, 'deleted')
    < 0.07 + 0.2 * (getvariable('until') - i.created) / (getvariable('until') - getvariable('begins'))
    AND NOT i.protected AND i.owner >= 0
    AND (i.fate <> 'sold' OR s.withdrawn_at IS NOT NULL)
    AND i.created < getvariable('until') - 3600;

-- How many tenants each image is shared with: most with a few, a quarter with a hundred and more, some with as many as
-- may be. The variable guests says whether all of them are listed, or only two of each image.
CREATE OR REPLACE TEMP TABLE share AS
WITH shareable AS (
    SELECT
        i.*,
        d.used_until,
        chance(i.n, 'guests') AS x,
        chance(i.n, 'how many guests') AS y
    FROM made AS i
    LEFT JOIN doomed AS d ON i.n = d.n
    WHERE
        i.fate IN ('private') AND i.kms_key_id IS NULL AND (i.image_type <> 'full_ecs' OR i.backup_service = 'cbr')
        AND chance(i.n, 'shared') < CASE WHEN d.n IS NULL THEN 0.33 ELSE 0.15 END
        AND i.created < getvariable('until') - 7200
)

SELECT
    s.n,
    s.image_id,
    s.owner,
    s.image_type,
    s.created,
    t.liked AS owner_liked,
    s.used_until IS NOT NULL AS doomed,
    coalesce(s.used_until, getvariable('until')) AS ends,
    CASE WHEN chance(s.n, 'usual guests') < 0.7 THEN -1 - s.owner ELSE s.n END AS circle,
    least(
        CASE
            WHEN s.x < 0.025 THEN 128
            WHEN s.x < 0.255 THEN 100 + floor(28 * s.y)::BIGINT
            WHEN s.x < 0.30 THEN 41 + floor(59 * s.y)::BIGINT
            ELSE 1 + floor(40 * s.y * s.y)::BIGINT
        END,
        getvariable('tenants') - 1
    ) AS guests
FROM shareable AS s
INNER JOIN tenant AS t ON s.owner = t.owner;

-- The places of the recipients are cut into as many stretches as there are guests, short ones where the liked are, and
-- each guest comes from another: so none comes twice, and the liked come often. A place is one of all but the owner.
CREATE OR REPLACE TEMP VIEW guest AS
WITH numbered AS (
    SELECT
        s.*,
        getvariable('tenants') - 1 AS others,
        unnest(
            CASE getvariable('guests')
                WHEN 'all' THEN range(s.guests)
                ELSE
                    list_distinct([
                        floor(chance(s.n, 'a guest') * s.guests)::BIGINT,
                        floor(chance(s.n, 'another guest') * s.guests)::BIGINT
                    ])
            END
        ) AS g
    FROM share AS s
),

stretched AS (
    SELECT
        n.*,
        hash(n.n, n.g) AS id,
        n.g + (n.others - n.guests) * (n.g * n.g * n.g) // (n.guests * n.guests * n.guests) AS first_place,
        n.g + 1 + (n.others - n.guests) * ((n.g + 1) * (n.g + 1) * (n.g + 1)) // (n.guests * n.guests * n.guests)
            AS next_place
    FROM numbered AS n
),

placed AS (
    SELECT
        s.*,
        some_time(s.first_place, s.next_place, chance(hash(s.circle, s.g), 'place') ** 3)::BIGINT AS place,
        -- several are asked at once
        some_time(s.created + 60, s.ends, 0.9 * chance(hash(s.n, s.g // 8), 'shared') ** 2) AS shared,
        chance(s.id, 'answer') AS answer
    FROM stretched AS s
),

answered AS (
    SELECT
        p.*,
        p.place + (p.place >= p.owner_liked)::BIGINT AS liked,
        p.shared + 60 + floor(1728000 * chance(p.id, 'when answered') ** 4)::BIGINT AS replied
    FROM placed AS p
)

SELECT
    a.n,
    a.g,
    a.image_id,
    a.image_type,
    a.doomed,
    a.ends,
    a.liked,
    a.shared,
    CASE WHEN a.answer < 0.78 AND a.replied < a.ends THEN a.replied END AS accepted,
    CASE WHEN a.answer BETWEEN 0.78 AND 0.84 AND a.replied < a.ends THEN a.replied END AS rejected,
    CASE
        WHEN a.guests < 128 AND chance(a.id, 'removed') < 0.03 AND a.replied < a.ends
            THEN some_time(a.replied, a.ends, chance(a.id, 'when removed'))
    END AS removed
FROM answered AS a;

SET VARIABLE guests = 'few';

CREATE OR REPLACE TEMP TABLE friend AS
SELECT
    g.*,
    t.owner AS tenant
FROM guest AS g
INNER JOIN tenant AS t ON g.liked = t.liked
