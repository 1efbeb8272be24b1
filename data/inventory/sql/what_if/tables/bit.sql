-- The bit of each rule of the action at hand.
-- creates: table bit
SELECT
    NULL::VARCHAR AS rule_id,
    NULL::BIGINT AS bit,
    NULL::VARCHAR AS source
WHERE FALSE
