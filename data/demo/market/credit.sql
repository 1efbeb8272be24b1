-- Money back: from those who sell, to tenants that use what they sell; and from the platform, to anybody.
-- inputs: made, rig, sale, tenant
INSERT INTO credit BY NAME
WITH given AS (
    SELECT
        r.m AS c,
        r.owner,
        s.offer_id,
        s.owner AS giver,
        i.region,
        s.currency,
        some_time(r.created, getvariable('until'), chance(r.m, 'when credited')) AS granted,
        one_of(['The update server stood still', 'An update broke things', 'Goodwill'], chance(r.m, 'why')) AS reason
    FROM rig AS r
    INNER JOIN sale AS s ON r.n = s.n
    INNER JOIN made AS i ON r.n = i.n
    WHERE r.owner <> s.owner AND s.place NOT IN (4, 7) AND chance(r.m, 'credited') < 0.01
    UNION ALL
    SELECT
        -1 - t.owner AS c,
        t.owner,
        NULL AS offer_id,
        -1 AS giver,
        region_at(chance(t.owner, 'home')) AS region,
        'EUR' AS currency,
        some_time(getvariable('begins'), getvariable('until'), chance(t.owner, 'when credited')) AS granted,
        one_of(['A server was slow to start', 'Goodwill', 'A region was out'], chance(t.owner, 'why')) AS reason
    FROM tenant AS t
    WHERE t.owner = 1 OR chance(t.owner, 'credited') < 0.05
)

SELECT
    made_id('demo credit', moment(g.granted), g.c, 1) AS credit_id,
    t.name AS tenant,
    region_name(g.region) AS region,
    g.offer_id,
    one_of([5, 10, 12.5, 20, 50], chance(g.c, 'how much'))::DECIMAL(18, 9) AS amount,
    g.currency,
    g.reason,
    coalesce(giver.name, 'platform') AS granted_by,
    moment(g.granted) AS granted_at
FROM given AS g
INNER JOIN tenant AS t ON g.owner = t.owner
LEFT JOIN tenant AS giver ON g.giver = giver.owner
