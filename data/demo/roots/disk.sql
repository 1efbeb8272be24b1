-- creates: table disk
SELECT
    NULL::BIGINT AS d,
    NULL::VARCHAR AS volume_id,
    NULL::BIGINT AS owner,
    NULL::BIGINT AS n,
    NULL::INTEGER AS size_gb,
    NULL::BIGINT AS created
WHERE FALSE
