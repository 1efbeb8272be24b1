-- Issue the invoices. They never change afterwards.
-- FOCUS writes its names in mixed case (CP02), bound parameters belong to no table and are no alias of themselves
-- (RF02, RF03, AL09), LATERAL is DuckDB's way (ST05), and SELECT * passes on what a table has (AM04):
-- sqlfluff:exclude_rules:AL09,AM04,CP02,RF02,RF03,ST05
-- inputs: owed
INSERT INTO invoice BY NAME
SELECT
    o.* EXCLUDE (effective_tax, list_tax, contracted_tax),
    $month AS month_begins,
    $moment AS issued_at
FROM owed AS o
