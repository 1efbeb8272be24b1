-- A changed price is of the same model with another amount; what was free is by the hour then.
-- inputs: catalogue, sale
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
INNER JOIN price_model AS m ON s.model = m.pricing_model
