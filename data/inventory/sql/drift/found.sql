-- One row for each image, server, disk or backup whose blob is missing or has another size, and one for each blob that
-- nothing needs. Actions can run during the listing, so needed_before and needed are from before and after it: a blob
-- is missing only if it is in both, and stray only if it is in neither.
-- inputs: held, needed, needed_before
-- creates: table found
WITH steady AS (
    SELECT n.*
    FROM needed AS n
    SEMI JOIN needed_before AS b ON n.kind = b.kind AND n.id = b.id AND n.region = b.region AND n.blob = b.blob
),

compared AS (
    SELECT
        n.*,
        h.blob IS NOT NULL AS is_there,
        CASE WHEN n.encrypted THEN h.opened_bytes ELSE h.size_bytes END AS found_bytes
    FROM steady AS n
    LEFT JOIN held AS h ON n.region = h.region AND n.blob = h.blob
)

SELECT
    CASE WHEN c.is_there THEN 'damaged' ELSE 'missing' END AS problem,
    c.kind,
    c.id,
    c.name,
    c.owner,
    c.region,
    c.blob,
    c.size_bytes AS expected_bytes,
    c.found_bytes,
    c.usable
FROM compared AS c
WHERE NOT c.is_there OR c.found_bytes <> c.size_bytes
UNION ALL
SELECT
    'stray' AS problem,
    'blob' AS kind,
    NULL AS id,
    NULL AS name,
    NULL AS owner,
    h.region,
    h.blob,
    NULL AS expected_bytes,
    h.size_bytes AS found_bytes,
    FALSE AS usable
FROM held AS h
ANTI JOIN needed AS n ON h.region = n.region AND h.blob = n.blob
ANTI JOIN needed_before AS b ON h.region = b.region AND h.blob = b.blob
WHERE NOT h.in_doubt
