-- Deletes the charges of changed days.
-- inputs: changed_day
DELETE FROM charge
WHERE
    BillingPeriodStart = getvariable('month_begins')
    AND ChargeClass IS NULL AND x_source IN ('usage', 'credit')
    AND date_trunc('day', ChargePeriodStart) IN (SELECT day FROM changed_day)
