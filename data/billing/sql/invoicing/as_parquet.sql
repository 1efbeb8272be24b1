-- One row: a charge of the month, in the types of the warehouse.
-- inputs: exported_charge
SELECT c.*
FROM exported_charge AS c
