-- The arithmetic of docs/explanation/pricing.md. Moments and lengths are in microseconds, hours in billionths (nanos).
-- A macro's parameters look like types, and are written in small letters (CP05):
-- sqlfluff:exclude_rules:CP05

CREATE OR REPLACE TEMP MACRO nano_hours(us) AS (us * 10 + 18) // 36;

CREATE OR REPLACE TEMP MACRO rounded_us(us, rounding, granule, least_us) AS
CASE
    WHEN us <= 0 THEN 0
    ELSE greatest(
        CASE rounding
            WHEN 'up' THEN (us + granule - 1) // granule * granule
            WHEN 'half_up' THEN (us + granule // 2) // granule * granule
            ELSE us
        END,
        least_us
    )
END;

-- Billionths of an amount, as a whole number.
CREATE OR REPLACE TEMP MACRO nanos_of(amount) AS (amount::DECIMAL(28, 9) * 1000000000)::HUGEINT;

CREATE OR REPLACE TEMP MACRO quantity(nanos) AS (nanos::DECIMAL(18, 0) * 0.000000001::DECIMAL(9, 9))::DECIMAL(18, 9);

CREATE OR REPLACE TEMP MACRO year_after(us) AS
epoch_us((make_timestamptz(us) AT TIME ZONE 'UTC' + INTERVAL 1 YEAR) AT TIME ZONE 'UTC');

-- How much of an upfront payment has been used up after so much of its term, in trillionths (10^-12).
CREATE OR REPLACE TEMP MACRO used_up(upfront, elapsed, term_length) AS
nanos_of(upfront) * 1000 * elapsed // term_length;

CREATE OR REPLACE TEMP MACRO money(trillionths) AS
(trillionths::DECIMAL(26, 0) * 0.000000000001::DECIMAL(12, 12))::DECIMAL(36, 18);

-- A share in billionths, halves up.
CREATE OR REPLACE TEMP MACRO share_of(part, whole) AS
((2 * part::HUGEINT * 1000000000 + whole) // (2 * whole))::BIGINT;

-- What an hour of a term costs, halves up.
CREATE OR REPLACE TEMP MACRO hourly_of(upfront, term_length) AS
quantity((2 * nanos_of(upfront) * 3600000000 + term_length) // (2 * term_length));

CREATE OR REPLACE TEMP MACRO invoice_of(month, tenant, currency) AS
'INV-' || strftime(month, '%Y%m') || '-' || tenant || '-' || currency
