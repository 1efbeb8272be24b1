-- The bit of each rule of the action that is being judged.
-- creates: table bit
SELECT
    NULL::VARCHAR AS rule_id,
    NULL::BIGINT AS bit,
    NULL::VARCHAR AS source
WHERE FALSE
