-- creates: table ruled
SELECT
    NULL::VARCHAR AS action,
    NULL::VARCHAR AS rule_id,
    NULL::VARCHAR AS source,
    NULL::BIGINT AS things,
    NULL::BIGINT AS allowed_now,
    NULL::BIGINT AS allowed_then,
    NULL::BIGINT AS objects_now,
    NULL::BIGINT AS objects_then,
    NULL::BIGINT AS newly,
    NULL::BIGINT AS no_longer
WHERE FALSE
