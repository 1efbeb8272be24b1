-- creates: table spoken
SELECT
    NULL::VARCHAR AS action,
    NULL::VARCHAR AS rule_id,
    NULL::VARCHAR AS thing_id,
    NULL::VARCHAR AS change,
    NULL::BIGINT AS place,
    NULL::VARCHAR AS because,
    NULL::VARCHAR AS remedy
WHERE FALSE
