-- The images of one offer in one month, as charged, and as they would have been.
WITH asked AS (
    SELECT
        coalesce($month, date_trunc('month', $as_of - INTERVAL 1 MICROSECOND)) AS begins,
        $percent::INTEGER AS percent,
        $amount::DECIMAL(18, 9) AS amount
),

line AS (
    SELECT
        c.*,
        a.begins,
        -- What a new price would change: use and single payments that no trial and no term covers; not the minimum.
        c.ChargeClass IS NULL AND c.CommitmentDiscountId IS NULL AND c.x_source = 'usage'
        AND c.ChargeCategory IN ('Usage', 'Purchase')
        AND (c.ChargeFrequency <> 'Recurring' OR m.basis = 'month')
        AND (c.ContractedUnitPrice > 0 OR c.ListUnitPrice = 0) AS by_price,
        -- What was paid upfront or granted, and what corrects another month, stays as it is.
        c.ChargeClass IS NOT NULL OR c.x_source <> 'usage'
        OR c.CommitmentDiscountId IS NOT NULL AS stays
    FROM charge AS c
    INNER JOIN asked AS a ON c.BillingPeriodStart = a.begins
    LEFT JOIN price_model AS m ON c.x_pricing_model = m.pricing_model
    WHERE
        c.x_kind = 'image' AND c.x_offer_id IS NOT NULL AND c.ChargePeriodStart < $as_of
        AND ($region IS NULL OR c.RegionId = $region) AND ($tenant IS NULL OR c.SubAccountId = $tenant)
),

chosen AS (
    SELECT o.offer_id
    FROM offer AS o
    WHERE o.offer_id = $offer OR o.name = $offer
    UNION ALL
    (
        SELECT l.x_offer_id AS offer_id
        FROM line AS l
        WHERE $offer IS NULL
        GROUP BY l.x_offer_id
        ORDER BY sum(l.EffectiveCost) DESC, l.x_offer_id ASC
        LIMIT 1
    )
),

rated AS (
    SELECT
        l.*,
        coalesce(p.billable_states[l.x_state], 1)::DECIMAL(9, 6) AS rate,
        coalesce(
            v.created_at >= l.begins OR (sold.owner = l.SubAccountId AND l.x_stretch_started_at >= l.begins), FALSE
        ) AS launched
    FROM line AS l
    SEMI JOIN chosen AS c ON l.x_offer_id = c.offer_id
    LEFT JOIN server AS v ON l.x_server_id = v.server_id
    LEFT JOIN image AS sold ON l.x_offered_image_id = sold.image_id
    LEFT JOIN price_version AS p ON l.x_price_id = p.price_id
),

summed AS (
    SELECT
        r.x_offer_id AS offer_id,
        any_value(r.x_offer_name) AS offer,
        r.BillingCurrency AS currency,
        sum(r.EffectiveCost)::DECIMAL(38, 18) AS now,
        coalesce(sum(r.EffectiveCost) FILTER (WHERE r.stays), 0) AS staying,
        coalesce(sum(r.EffectiveCost) FILTER (WHERE r.by_price), 0)::DECIMAL(38, 18) AS by_price,
        coalesce(sum((r.PricingQuantity * r.rate)::DECIMAL(36, 15)) FILTER (WHERE r.by_price), 0)::DECIMAL(38, 15)
            AS quantity,
        coalesce(sum(r.EffectiveCost) FILTER (WHERE r.launched AND NOT r.stays), 0) AS launched,
        count(DISTINCT r.SubAccountId) AS tenants,
        count(DISTINCT r.x_server_id) AS servers,
        count(DISTINCT r.SubAccountId) FILTER (WHERE r.launched) AS tenants_launching,
        count(DISTINCT r.x_server_id) FILTER (WHERE r.launched) AS servers_launched,
        coalesce(string_agg(DISTINCT r.PricingUnit, ' and ' ORDER BY r.PricingUnit) FILTER (WHERE r.by_price), 'units')
            AS units
    FROM rated AS r
    GROUP BY r.x_offer_id, r.BillingCurrency
),

supposed AS (
    SELECT
        s.*,
        a.percent,
        a.amount,
        unnest(['free', 'paid', 'dearer', 'withdrawn']) AS scenario
    FROM summed AS s
    CROSS JOIN asked AS a
),

computed AS (
    SELECT
        s.*,
        CASE s.scenario
            WHEN 'free' THEN s.staying
            WHEN 'paid' THEN s.now - s.by_price + s.quantity * s.amount
            WHEN 'dearer' THEN s.now + s.by_price * s.percent * 0.01::DECIMAL(2, 2)
            WHEN 'withdrawn' THEN s.now - s.launched
        END::DECIMAL(38, 18) AS supposed
    FROM supposed AS s
)

SELECT
    c.scenario,
    c.offer_id,
    c.offer,
    c.currency,
    c.now AS image_cost_now,
    c.supposed AS image_cost_then,
    (c.supposed - c.now)::DECIMAL(38, 18) AS difference,
    CASE c.scenario WHEN 'withdrawn' THEN c.tenants_launching ELSE c.tenants END AS tenants,
    CASE c.scenario WHEN 'withdrawn' THEN c.servers_launched ELSE c.servers END AS servers,
    CASE c.scenario
        WHEN 'free' THEN 'nothing for use, months and minimums'
        WHEN 'paid'
            THEN
                concat(
                    round(c.quantity, 2), ' ', c.units, ' at ', regexp_replace(c.amount::VARCHAR, '\.?0+$', ''), ' ',
                    c.currency
                )
        WHEN 'dearer' THEN concat('use and single payments times ', c.percent + 100, ' percent')
        WHEN 'withdrawn' THEN 'without the servers launched in the month'
    END AS because
FROM computed AS c
WHERE c.supposed IS NOT NULL
ORDER BY c.offer, c.offer_id, c.currency, array_position(['free', 'paid', 'dearer', 'withdrawn'], c.scenario)
