WITH stretch AS (
    SELECT
        s.server_id,
        s.started_at,
        s.flavor,
        s.image_id,
        v.name,
        v.owner,
        v.region,
        (epoch_us(least(coalesce(s.ended_at, $as_of), $as_of)) * 10 + 18) // 36
        - (epoch_us(s.started_at) * 10 + 18) // 36 AS nano_hours
    FROM server_span AS s
    LEFT JOIN server AS v ON s.server_id = v.server_id
    WHERE
        s.state = 'running' AND s.started_at < $as_of AND (s.ended_at IS NULL OR s.ended_at > s.started_at)
        AND ($region IS NULL OR v.region = $region) AND ($tenant IS NULL OR v.owner = $tenant)
),

charged AS (
    SELECT
        c.ResourceId AS server_id,
        c.x_stretch_started_at AS started_at,
        max(c.x_offer_name) AS offer,
        coalesce(sum(c.PricingQuantity) FILTER (WHERE c.x_kind = 'server'), 0) AS server_hours,
        coalesce(sum(c.PricingQuantity) FILTER (WHERE c.x_kind = 'image'), 0) AS image_hours
    FROM charge_until($as_of) AS c
    GROUP BY c.ResourceId, c.x_stretch_started_at
),

missing AS (
    SELECT
        s.*,
        c.offer,
        (s.nano_hours::DECIMAL(18, 0) * 0.000000001::DECIMAL(10, 9)) - coalesce(c.server_hours, 0) AS server_hours,
        CASE WHEN c.offer IS NOT NULL THEN c.server_hours - c.image_hours ELSE 0 END AS image_hours
    FROM stretch AS s
    LEFT JOIN charged AS c ON s.server_id = c.server_id AND s.started_at = c.started_at
)

SELECT
    m.server_id,
    m.name,
    m.owner AS tenant,
    m.region,
    m.flavor,
    m.image_id,
    m.offer,
    m.started_at,
    greatest(m.server_hours, 0)::DECIMAL(38, 9) AS server_hours,
    greatest(m.image_hours, 0)::DECIMAL(38, 9) AS image_hours,
    CASE
        WHEN m.owner IS NULL THEN 'the server is not recorded'
        WHEN m.server_hours > 0 THEN 'there is no price for the flavor'
        ELSE 'the offer had no price at that time'
    END AS because
FROM missing AS m
WHERE m.server_hours > 0 OR m.image_hours > 0
ORDER BY m.started_at, m.server_id
LIMIT $top
