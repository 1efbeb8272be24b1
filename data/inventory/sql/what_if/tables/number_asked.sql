-- creates: table number_asked
SELECT
    NULL::VARCHAR AS name,
    NULL::VARCHAR AS value_now,
    NULL::VARCHAR AS value_then,
    NULL::DATE AS since,
    NULL::VARCHAR AS source
WHERE FALSE
