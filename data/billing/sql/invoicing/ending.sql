-- Contracts that end soon and are not followed by another of the same tenant for the same offer in the region.
SELECT
    c.contract_id,
    o.name AS offer,
    c.tenant,
    c.region,
    c.servers,
    c.ends_at
FROM contract AS c
INNER JOIN offer AS o ON c.offer_id = o.offer_id
WHERE
    c.ends_at > $moment
    AND c.ends_at <= $until
    AND NOT EXISTS (
        SELECT 1
        FROM contract AS later
        WHERE
            later.offer_id = c.offer_id
            AND later.tenant = c.tenant
            AND later.region = c.region
            AND later.starts_at <= c.ends_at
            AND later.ends_at > c.ends_at
            AND later.servers >= c.servers
    )
ORDER BY c.ends_at, c.contract_id
