-- An open month: the days whose charges have changed are written anew.
CREATE OR REPLACE TEMP TABLE changed_day AS
WITH fresh AS (
    SELECT
        date_trunc('day', m.ChargePeriodStart) AS day,
        count(*) AS lines,
        bit_xor(hash(m)) AS content
    FROM metered AS m
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
WHERE fresh.lines IS DISTINCT FROM written.lines OR fresh.content IS DISTINCT FROM written.content;

DELETE FROM charge
WHERE
    BillingPeriodStart = getvariable('month_begins')
    AND ChargeClass IS NULL AND x_source IN ('usage', 'credit')
    AND date_trunc('day', ChargePeriodStart) IN (SELECT day FROM changed_day);

INSERT INTO charge BY NAME
SELECT m.*
FROM metered AS m
WHERE date_trunc('day', m.ChargePeriodStart) IN (SELECT day FROM changed_day)
