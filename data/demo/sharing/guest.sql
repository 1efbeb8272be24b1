-- The places of the recipients are cut into as many stretches as there are guests, short ones where the liked are, and
-- each guest comes from another: so none comes twice, and the liked come often. A place is one of all but the owner.
-- inputs: share
-- creates: view guest
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
FROM answered AS a
