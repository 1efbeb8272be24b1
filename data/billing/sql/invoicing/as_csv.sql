-- One row: a charge of the month, as FOCUS writes it in CSV. FOCUS has times with seconds: what began within a second
-- begins with it, what ended within a second ends with it.
-- inputs: exported_charge
SELECT
    c.* REPLACE (
        strftime(c.ChargePeriodStart, '%Y-%m-%dT%H:%M:%SZ') AS ChargePeriodStart,
        strftime(c.ChargePeriodEnd + INTERVAL 999999 MICROSECOND, '%Y-%m-%dT%H:%M:%SZ') AS ChargePeriodEnd,
        strftime(c.BillingPeriodStart, '%Y-%m-%dT%H:%M:%SZ') AS BillingPeriodStart,
        strftime(c.BillingPeriodEnd, '%Y-%m-%dT%H:%M:%SZ') AS BillingPeriodEnd,
        strftime(c.x_stretch_started_at, '%Y-%m-%dT%H:%M:%SZ') AS x_stretch_started_at,
        strftime(c.x_corrected_month, '%Y-%m-%dT%H:%M:%SZ') AS x_corrected_month
    )
FROM exported_charge AS c
