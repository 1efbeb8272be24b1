-- A charge is a day at most: so use is counted until the end of the day of $as_of, as far as it was metered.
WITH metered AS (
    SELECT
        m.month_begins,
        least(
            max(m.metered_until),
            m.month_begins + INTERVAL 1 MONTH,
            date_trunc('day', $as_of - INTERVAL 1 MICROSECOND) + INTERVAL 1 DAY
        ) AS metered_until
    FROM metering AS m
    WHERE m.month_begins < $as_of
    GROUP BY m.month_begins
),

carried AS (
    SELECT
        i.image_id,
        i.published_at,
        max(i.offer_id) AS offer_id
    FROM image_offer AS i
    GROUP BY i.image_id, i.published_at
),

span AS (
    SELECT
        s.*,
        v.name,
        v.owner,
        v.region,
        v.cloud,
        o.image_id AS offered_image_id,
        CASE WHEN o.withdrawn_at <= s.started_at AND sold.owner = v.owner THEN NULL ELSE o.offer_id END AS offer_id,
        CASE WHEN o.withdrawn_at <= s.started_at AND sold.owner = v.owner THEN NULL ELSE o.name END AS offer
    FROM server_span AS s
    ASOF LEFT JOIN carried AS c ON s.image_id = c.image_id AND s.started_at >= c.published_at
    LEFT JOIN server AS v ON s.server_id = v.server_id
    LEFT JOIN offer AS o ON c.offer_id = o.offer_id
    LEFT JOIN image AS sold ON o.image_id = sold.image_id
    WHERE
        s.state = 'running' AND (s.ended_at IS NULL OR s.ended_at > s.started_at)
        AND ($region IS NULL OR v.region = $region) AND ($tenant IS NULL OR v.owner = $tenant)
),

piece AS (
    SELECT
        s.*,
        greatest(s.started_at, m.month_begins) AS begins,
        least(s.ended_at, m.metered_until) AS ends
    FROM span AS s
    INNER JOIN metered AS m
        ON s.started_at < m.metered_until AND coalesce(s.ended_at, 'infinity') > m.month_begins
),

-- Running time that an offer's terms charge otherwise than by time, or not at all.
exempt AS (
    SELECT
        p.server_id,
        p.started_at,
        sum(epoch_us(least(p.ends, v.valid_until)) - epoch_us(greatest(p.begins, v.valid_from))) AS used_us
    FROM piece AS p
    INNER JOIN price_version AS v
        ON p.offer_id = v.offer_id AND p.begins < v.valid_until AND p.ends > v.valid_from
    INNER JOIN price_model AS m ON v.pricing_model = m.pricing_model
    WHERE
        m.basis IN ('month', 'once')
        OR coalesce(v.billable_states['running'], 0) = 0
        OR (NOT v.lineage AND p.image_id <> p.offered_image_id)
    GROUP BY p.server_id, p.started_at
),

used AS (
    SELECT
        p.* EXCLUDE (begins, ends, ended_at),
        min(p.begins) AS begins,
        max(p.ends) AS ends,
        sum(epoch_us(p.ends) - epoch_us(p.begins)) AS used_us
    FROM piece AS p
    GROUP BY ALL
),

charged AS (
    SELECT
        c.x_server_id AS server_id,
        c.x_stretch_started_at AS started_at,
        (sum(c.x_used_seconds) FILTER (WHERE c.x_kind = 'server') * 1000000)::HUGEINT AS server_us,
        (sum(c.x_used_seconds) FILTER (WHERE c.x_kind = 'image') * 1000000)::HUGEINT AS image_us
    FROM charge AS c
    WHERE c.ChargePeriodStart < $as_of AND c.x_state = 'running' AND c.x_stretch_started_at IS NOT NULL
    GROUP BY c.x_server_id, c.x_stretch_started_at
),

priced AS (
    SELECT DISTINCT
        p.flavor,
        p.cloud
    FROM flavor_price AS p
),

missing AS (
    SELECT
        u.*,
        greatest(u.used_us - coalesce(c.server_us, 0), 0) AS server_us,
        CASE
            WHEN u.offer_id IS NULL THEN 0
            ELSE greatest(u.used_us - coalesce(e.used_us, 0) - coalesce(c.image_us, 0), 0)
        END AS image_us
    FROM used AS u
    LEFT JOIN charged AS c ON u.server_id = c.server_id AND u.started_at = c.started_at
    LEFT JOIN exempt AS e ON u.server_id = e.server_id AND u.started_at = e.started_at
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
    ((m.server_us::HUGEINT * 10 + 18) // 36 * 0.000000001::DECIMAL(9, 9))::DECIMAL(38, 9) AS server_hours,
    ((m.image_us::HUGEINT * 10 + 18) // 36 * 0.000000001::DECIMAL(9, 9))::DECIMAL(38, 9) AS image_hours,
    CASE
        WHEN m.owner IS NULL THEN 'the server is not recorded'
        WHEN m.server_us > 0 AND f.flavor IS NULL THEN 'there is no price for the flavor'
        WHEN m.server_us > 0 THEN 'it was recorded after it was metered, or the flavor had no price at that time'
        WHEN v.offer_id IS NOT NULL THEN 'the offer has no price for the flavor'
        ELSE 'the offer had no price at that time'
    END AS because
FROM missing AS m
LEFT JOIN priced AS f ON m.flavor = f.flavor AND m.cloud = f.cloud
LEFT JOIN price_version AS v
    ON
        m.offer_id = v.offer_id AND v.amounts IS NOT NULL
        AND m.begins < v.valid_until AND m.ends > v.valid_from
        AND coalesce(v.amounts[m.flavor], v.other_amount) IS NULL
WHERE m.server_us > 0 OR m.image_us > 0
QUALIFY row_number() OVER (PARTITION BY m.server_id, m.started_at ORDER BY v.valid_from) = 1
ORDER BY m.started_at, m.server_id
LIMIT $top
