-- Inserts the charges of changed days.
-- inputs: changed_day, metered_charge
INSERT INTO charge BY NAME
SELECT m.*
FROM metered_charge AS m
WHERE date_trunc('day', m.ChargePeriodStart) IN (SELECT day FROM changed_day)
