-- What a launch that is allowed would be charged: the server's price, and that of the offer its image carries.
-- inputs: done, request, resolved_image
WITH launched AS (
    SELECT
        r.row,
        r.seq,
        r.happened_at,
        r.actor,
        r.flavor,
        r.count AS servers,
        m.image_id
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN resolved_image AS m ON d.row = m.row
),

carried AS (
    SELECT
        i.image_id,
        i.offer_id,
        i.published_at
    FROM image_offer AS i
    SEMI JOIN launched AS l ON i.image_id = l.image_id
)

SELECT
    l.seq,
    l.flavor,
    l.servers,
    f.vcpus,
    p.hourly,
    p.currency AS server_currency,
    o.name AS offer,
    v.terms
FROM launched AS l
INNER JOIN flavor AS f ON l.flavor = f.flavor AND f.cloud = getvariable('cloud')
LEFT JOIN flavor_price AS p
    ON
        l.flavor = p.flavor AND f.cloud = p.cloud AND l.happened_at >= p.valid_from
        AND (p.valid_to IS NULL OR l.happened_at < p.valid_to)
ASOF LEFT JOIN carried AS c ON l.image_id = c.image_id AND l.happened_at >= c.published_at
LEFT JOIN image AS s
    ON (
        SELECT q.image_id FROM offer AS q
        WHERE q.offer_id = c.offer_id
    ) = s.image_id
LEFT JOIN offer AS o
    ON c.offer_id = o.offer_id AND NOT coalesce(l.happened_at >= o.withdrawn_at AND l.actor = s.owner, FALSE)
LEFT JOIN price AS v
    ON
        o.offer_id = v.offer_id AND l.happened_at >= v.valid_from
        AND (v.valid_to IS NULL OR l.happened_at < v.valid_to)
        AND (l.image_id = o.image_id OR coalesce((v.terms::JSON ->> '$.lineage')::BOOLEAN, TRUE))
ORDER BY l.row
