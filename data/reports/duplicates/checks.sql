SELECT
    'one file has several checksums' AS problem,
    i.blob AS thing,
    string_agg(DISTINCT i.checksum, ', ' ORDER BY i.checksum) AS detail
FROM image AS i
WHERE i.blob IS NOT NULL
GROUP BY i.blob
HAVING min(i.checksum) <> max(i.checksum);
