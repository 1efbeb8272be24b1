-- One row: a day of an open month whose charges differ from those in the ledger. Only these days are written anew: most
-- meterings change the last day only, and the ledger stays small.
-- inputs: metered_charge
-- creates: table changed_day
WITH fresh AS (
    SELECT
        date_trunc('day', m.ChargePeriodStart) AS day,
        count(*) AS lines,
        bit_xor(hash(m)) AS content
    FROM metered_charge AS m
    GROUP BY day
),

written AS (
    SELECT
        date_trunc('day', c.ChargePeriodStart) AS day,
        count(*) AS lines,
        bit_xor(hash(c)) AS content
    FROM charge AS c
    WHERE
        c.BillingPeriodStart = getvariable('month_begins')
        AND c.ChargeClass IS NULL AND c.x_source IN ('usage', 'credit')
    GROUP BY day
)

SELECT day
FROM fresh
FULL JOIN written USING (day)
WHERE fresh.lines IS DISTINCT FROM written.lines OR fresh.content IS DISTINCT FROM written.content
