-- What is on sale: the most used offer first. Prices are models of the catalogue with an amount of their own.
CREATE OR REPLACE TEMP TABLE catalogue AS
SELECT
    p.place,
    p.model,
    p.amounts,
    concat(
        '{"lineage":true,',
        CASE WHEN p.model NOT IN ('free', 'byol') THEN '"currency":"@currency",' END,
        CASE p.time
            WHEN 'exact'
                THEN
                    '"granularity":"second","rounding":"none","min_seconds":0,"aggregation":"start",'
                    || '"billable_states":{"running":"1"},"time_zone":"UTC",'
            WHEN 'begun hours'
                THEN
                    '"granularity":"hour","rounding":"up","min_seconds":0,"aggregation":"hour",'
                    || '"billable_states":{"running":"1"},"time_zone":"Europe/Paris",'
            WHEN 'stopped too'
                THEN
                    '"granularity":"minute","rounding":"up","min_seconds":600,"aggregation":"start",'
                    || '"billable_states":{"running":"1","stopped":"0.25"},"time_zone":"UTC",'
        END,
        CASE WHEN p.before <> '' THEN p.before || ',' END,
        '"model":"', p.model, '"',
        CASE
            WHEN p.model NOT IN ('free', 'byol', 'contract', 'flavor_hourly', 'tiered') THEN ',"amount":"@amount"'
        END,
        CASE WHEN p.after <> '' THEN ',' || p.after END,
        '}'
    ) AS terms
FROM (
    VALUES
    (0, 'hourly', ['0.02', '0.05', '0.08', '0.12', '0.19', '0.35'], 'exact', '', ''),
    (1, 'contract', ['0.06', '0.09', '0.15'], 'exact', '', '"upfront":"120","months":3,"amount":"@amount"'),
    (2, 'vcpu_hourly', ['0.008', '0.012', '0.02', '0.035'], 'exact', '"trial":{"days":14,"servers":1}', ''),
    (3, 'monthly', ['9.90', '19', '29.90', '49'], '', '', '"per":"server","proration":"day_30","time_zone":"UTC"'),
    (4, 'free', ['0'], '', '', ''),
    (5, 'flavor_hourly', ['0.04', '0.07', '0.11'], 'exact', '', '"amounts":{"s3.large.2":"0.03"},"amount":"@amount"'),
    (6, 'tiered', ['0.05', '0.09', '0.16'], 'exact', '', '"tiers":[@tiers],"mode":"graduated"'),
    (7, 'byol', ['0'], '', '', ''),
    (8, 'yearly', ['99', '249', '490', '1200'], '', '', ''),
    (9, 'hourly', ['0.04', '0.10', '0.24'], 'stopped too', '', ''),
    (10, 'one_time', ['25', '60', '149'], '', '', '"per":"server"'),
    (11, 'hourly', ['0.03', '0.06', '0.14'], 'begun hours', '"minimum":"20"', ''),
    (12, 'monthly', ['79', '149', '299'], '', '', '"per":"subscription","proration":"none","time_zone":"Europe/Paris"'),
    (13, 'vcpu_hourly', ['0.015', '0.03'], 'exact', '"trial":{"days":30,"credit":"25"}', '')
) AS p (place, model, amounts, time, before, after);

CREATE OR REPLACE TEMP TABLE sale AS
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
