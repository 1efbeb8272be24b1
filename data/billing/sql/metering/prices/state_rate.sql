-- One row: the share of the amount that an hour in a state of the server costs. States that cost nothing have no row.
-- What EXCLUDE and LATERAL name belongs to no table (RF03), and LATERAL is DuckDB's way (ST05):
-- sqlfluff:exclude_rules:RF03,ST05
-- inputs: dated_price
-- creates: table state_rate
SELECT
    v.price_id,
    e.entry.key AS state,
    e.entry.value AS rate
FROM dated_price AS v
CROSS JOIN LATERAL (SELECT unnest(map_entries(v.billable_states)) AS entry) AS e
WHERE e.entry.value > 0
