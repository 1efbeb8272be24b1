-- Offers and their prices, and what was bought of them and given back for them.

INSERT INTO offer BY NAME
SELECT
    s.offer_id,
    s.name,
    s.image_id,
    t.name AS publisher,
    c.model AS pricing_model,
    moment(s.sold_at) AS published_at,
    moment(s.withdrawn_at) AS withdrawn_at
FROM sale AS s
INNER JOIN tenant AS t ON s.owner = t.owner
INNER JOIN catalogue AS c ON s.place = c.place;

-- A changed price is of the same model with another amount; what was free is by the hour then.
INSERT INTO price BY NAME
WITH version AS (
    SELECT
        s.offer_id,
        s.price_id,
        s.currency,
        s.place,
        s.n,
        floor(chance(s.n, 'amount') * 60)::INTEGER AS nth,
        s.sold_at AS since,
        s.changed_at AS till
    FROM sale AS s
    UNION ALL
    SELECT
        s.offer_id,
        made_id('demo price', moment(s.changed_at), s.n, 2) AS price_id,
        s.currency,
        CASE s.place WHEN 4 THEN 0 ELSE s.place END AS place,
        s.n,
        floor(chance(s.n, 'amount') * 60)::INTEGER + 1 AS nth,
        s.changed_at AS since,
        NULL AS till
    FROM sale AS s
    WHERE s.changed_at IS NOT NULL
),

said AS (
    SELECT
        v.*,
        c.model,
        replace(
            replace(
                replace(
                    c.terms, '@tiers',
                    '{"up_to":"200","amount":"@amount"},{"up_to":"2000","amount":"0.03"},{"amount":"0.015"}'
                ), '@amount', c.amounts[v.nth % len(c.amounts) + 1]
            ), '@currency', v.currency
        ) AS terms
    FROM version AS v
    INNER JOIN catalogue AS c ON v.place = c.place
)

SELECT
    s.price_id,
    s.offer_id,
    s.model AS pricing_model,
    coalesce((s.terms ->> '$.amount')::DECIMAL(18, 9), (s.terms ->> '$.tiers[0].amount')::DECIMAL(18, 9), 0) AS amount,
    coalesce(s.terms ->> '$.currency', 'EUR') AS currency,
    m.unit,
    moment(s.since) AS valid_from,
    moment(s.till) AS valid_to,
    s.terms
FROM said AS s
INNER JOIN price_model AS m ON s.model = m.pricing_model;

-- Of what is sold by contract, who has most servers buys one with the first, and two of five of the others do.
INSERT INTO contract BY NAME
WITH buyer AS (
    SELECT
        s.n,
        r.owner,
        min(r.created) AS since,
        count(*) AS servers
    FROM sale AS s
    INNER JOIN rig AS r ON s.n = r.n
    WHERE s.place = 1 AND r.owner <> s.owner
    GROUP BY s.n, r.owner
    QUALIFY
        chance(hash(s.n, r.owner), 'buys') < 0.4
        OR row_number() OVER (PARTITION BY s.n ORDER BY count(*) DESC, r.owner) = 1
)

SELECT
    made_id('demo contract', moment(b.since), b.n, b.owner) AS contract_id,
    s.offer_id,
    s.price_id,
    t.name AS tenant,
    region_name(i.region) AS region,
    (1 + floor(b.servers * chance(hash(b.n, b.owner), 'how many')))::INTEGER AS servers,
    p.upfront,
    p.amount AS hourly,
    p.currency,
    moment(b.since) AS starts_at,
    (moment(b.since) AT TIME ZONE 'UTC' + to_months(p.contract_months)) AT TIME ZONE 'UTC' AS ends_at,
    moment(b.since) AS bought_at
FROM buyer AS b
INNER JOIN sale AS s ON b.n = s.n
INNER JOIN made AS i ON b.n = i.n
INNER JOIN price_version AS p ON s.price_id = p.price_id
INNER JOIN tenant AS t ON b.owner = t.owner;

-- Money back: from those who sell, to tenants that use what they sell; and from the platform, to anybody.
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
