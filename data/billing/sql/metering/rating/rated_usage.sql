-- One row: use with its unit price and cost, of all that no commitment covers; use in a trial costs 0. list_price and
-- unit_price: an hour in the state of the server. billing_month: the month in which it is billed.
-- SELECT * passes on what a CTE just listed (AM04), and what EXCLUDE leaves out belongs to no table (RF03):
-- sqlfluff:exclude_rules:AM04,RF03
-- inputs: metered_usage, tiered_usage
-- creates: table rated_usage
WITH costing AS (
    SELECT
        i.* EXCLUDE (amount),
        (i.amount * i.rate)::DECIMAL(18, 9) AS list_price,
        (i.amount * i.rate)::DECIMAL(18, 9) AS unit_price
    FROM tiered_usage AS i
    UNION ALL BY NAME
    SELECT
        p.* EXCLUDE (amount),
        (p.amount * p.rate)::DECIMAL(18, 9) AS list_price,
        CASE p.cover WHEN 'trial' THEN 0 ELSE (p.amount * p.rate) END::DECIMAL(18, 9) AS unit_price
    FROM metered_usage AS p
    WHERE
        p.basis = 'time' AND p.cover <> 'commitment' AND p.rate > 0 AND p.amount IS NOT NULL AND p.nanos IS NOT NULL
        AND (p.amount_by IS DISTINCT FROM 'tier' OR p.cover = 'trial')
)

-- Use whose amount depends on the month of the price's zone is billed in the month of UTC with the same name, even if
-- it began some hours before that month of UTC.
SELECT
    c.*,
    (c.unit_price * quantity(c.nanos))::DECIMAL(36, 18) AS billed,
    CASE
        WHEN c.amount_by = 'tier' THEN timezone('UTC', c.local_month)
        ELSE date_trunc('month', make_timestamptz(c.begins))
    END AS billing_month
FROM costing AS c
