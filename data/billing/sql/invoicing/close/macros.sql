-- taxed(amount, percent): the tax on an amount, rounded to the cent.
-- The parameters look like types (CP05):
-- sqlfluff:exclude_rules:CP05
-- Exact: no division, which would be one of floating points; a trillionth is as much as the product has room for.
CREATE OR REPLACE TEMP MACRO taxed(amount, percent) AS
round(amount::DECIMAL(26, 12) * (percent * 0.01::DECIMAL(3, 2))::DECIMAL(10, 8), 2)::DECIMAL(36, 18)
