-- Of what is sold by contract, who has most servers buys one with the first, and two of five of the others do.
-- inputs: made, rig, sale, tenant
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
INNER JOIN tenant AS t ON b.owner = t.owner
