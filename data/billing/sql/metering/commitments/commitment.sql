-- One row: time that an upfront payment covers: a year of one server, or a contract for a number of servers.
-- unit_price: an hour of one server, in currency. The length is in microseconds, so a year of 366 days costs less an
-- hour.
-- inputs: contract_commitment, year_commitment
-- creates: table commitment
SELECT
    c.*,
    hourly_of(c.upfront, c.ends - c.begins)::DECIMAL(18, 9) AS unit_price
FROM (
    FROM year_commitment
    UNION ALL BY NAME
    FROM contract_commitment
) AS c
