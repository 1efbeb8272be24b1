-- December's charges of time, taken apart into hours and priced one by one, beside the ledger's days.
WITH hour AS (
    SELECT
        c.ListUnitPrice AS price,
        c.x_vcpus AS vcpus,
        c.x_pricing_model AS model,
        unnest(range(
            epoch_us(c.ChargePeriodStart) // 3600000000 * 3600000000, epoch_us(c.ChargePeriodEnd), 3600000000
        )) AS hour,
        epoch_us(c.ChargePeriodStart) AS since,
        epoch_us(c.ChargePeriodEnd) AS till
    FROM charge AS c
    WHERE c.BillingPeriodStart = TIMESTAMPTZ '2025-12-01 00:00:00+00'
),

priced AS (
    SELECT
        h.price * (
            (((least(h.till, h.hour + 3600000000) * 10 + 18) // 36 - (greatest(h.since, h.hour) * 10 + 18) // 36)
            * CASE h.model WHEN 'vcpu_hourly' THEN h.vcpus ELSE 1 END)::DECIMAL(18, 0) * 0.000000001::DECIMAL(9, 9)
        )::DECIMAL(18, 9) AS cost
    FROM hour AS h
)

SELECT
    count(*)::DOUBLE AS hours,
    sum(p.cost)::VARCHAR AS by_hour,
    (
        SELECT sum(c.BilledCost)::VARCHAR FROM charge AS c
        WHERE c.BillingPeriodStart = TIMESTAMPTZ '2025-12-01 00:00:00+00'
    ) AS by_day
FROM priced AS p
