WITH used AS (
    SELECT
        c.x_offer_id AS offer_id,
        count(DISTINCT c.SubAccountId) AS tenants,
        count(DISTINCT c.ResourceId) AS servers
    FROM charge_until($as_of) AS c
    WHERE
        c.x_kind = 'image'
        AND ($month IS NULL OR c.BillingPeriodStart = $month)
        AND ($region IS NULL OR c.RegionId = $region)
        AND ($tenant IS NULL OR c.SubAccountId = $tenant)
    GROUP BY c.x_offer_id
),

following AS (
    SELECT
        p.offer_id,
        arg_min(p.amount, p.valid_from) AS amount,
        min(p.valid_from) AS valid_from
    FROM price AS p
    WHERE p.valid_from > $as_of
    GROUP BY p.offer_id
)

SELECT
    o.offer_id,
    o.name AS offer,
    o.publisher,
    o.image_id,
    i.name AS image_name,
    i.region,
    o.published_at,
    o.withdrawn_at,
    coalesce(p.pricing_model, o.pricing_model) AS pricing_model,
    p.amount AS hourly_price,
    p.currency,
    p.valid_from AS price_since,
    f.amount AS next_price,
    f.valid_from AS next_price_from,
    coalesce(u.tenants, 0) AS tenants,
    coalesce(u.servers, 0) AS servers
FROM offer AS o
LEFT JOIN image AS i ON o.image_id = i.image_id
LEFT JOIN price AS p
    ON o.offer_id = p.offer_id AND p.valid_from <= $as_of AND (p.valid_to IS NULL OR p.valid_to > $as_of)
LEFT JOIN following AS f ON o.offer_id = f.offer_id
LEFT JOIN used AS u ON o.offer_id = u.offer_id
WHERE
    o.published_at <= $as_of
    AND ($region IS NULL OR i.region = $region OR u.servers > 0)
    AND (o.withdrawn_at IS NULL OR o.withdrawn_at > $as_of OR u.servers > 0)
ORDER BY tenants DESC, servers DESC, o.name, o.offer_id
LIMIT $top
