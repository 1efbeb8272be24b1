-- The month is closed.
-- FOCUS writes its names in mixed case (CP02), bound parameters belong to no table and are no alias of themselves
-- (RF02, RF03, AL09), LATERAL is DuckDB's way (ST05), and SELECT * passes on what a table has (AM04):
-- sqlfluff:exclude_rules:AL09,AM04,CP02,RF02,RF03,ST05
INSERT INTO closed_month BY NAME
SELECT
    $month AS month_begins,
    $tax_percent AS tax_percent,
    $moment AS closed_at
