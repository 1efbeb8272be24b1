-- Servers that images are made of, by the wave of the image that they run.
-- creates: table machine
SELECT
    NULL::BIGINT AS m,
    NULL::INTEGER AS wave,
    NULL::VARCHAR AS server_id,
    NULL::VARCHAR AS name,
    NULL::BIGINT AS owner,
    NULL::BIGINT AS n,
    NULL::BIGINT AS created,
    NULL::BIGINT AS last_used
WHERE FALSE
