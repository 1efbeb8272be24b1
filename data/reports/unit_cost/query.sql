WITH line AS (
    SELECT
        c.*,
        -- Terms that nobody used, and what is paid up to a minimum.
        coalesce(c.CommitmentDiscountStatus = 'Unused', FALSE)
        OR (c.ChargeFrequency = 'Recurring' AND m.basis <> 'month') AS unused
    FROM charge AS c
    LEFT JOIN price_model AS m ON c.x_pricing_model = m.pricing_model
    WHERE
        c.x_offer_id IS NOT NULL
        AND c.ChargePeriodStart < $as_of
        AND ($month IS NULL OR c.BillingPeriodStart = $month)
        AND ($region IS NULL OR c.RegionId = $region)
        AND ($tenant IS NULL OR c.SubAccountId = $tenant)
),

summed AS (
    SELECT
        c.x_offer_id AS offer_id,
        c.x_offer_name AS offer,
        c.x_publisher AS publisher,
        c.BillingCurrency AS currency,
        coalesce(
            (sum(c.x_used_seconds * c.x_vcpus) FILTER (WHERE c.x_kind = 'server') * 1000000)::HUGEINT, 0
        ) AS vcpu_us,
        count(*) FILTER (WHERE c.x_kind = 'image') AS image_lines,
        coalesce(sum(c.EffectiveCost) FILTER (WHERE c.x_kind = 'image'), 0) AS effective_cost,
        coalesce(sum(c.ListCost) FILTER (
            WHERE
            c.x_kind = 'image' AND NOT c.unused
            AND (
                c.ChargeCategory = 'Usage'
                OR (c.ChargeCategory = 'Purchase' AND c.CommitmentDiscountId IS NULL)
            )
        ), 0) AS list_cost,
        coalesce(sum(c.ListCost - c.EffectiveCost) FILTER (
            WHERE c.x_kind = 'image' AND c.ChargeCategory = 'Usage' AND c.CommitmentDiscountId IS NULL
        ), 0) AS saved_by_trials,
        coalesce(sum(c.ListCost - c.EffectiveCost) FILTER (
            WHERE c.x_kind = 'image' AND c.CommitmentDiscountStatus = 'Used'
        ), 0) AS saved_by_terms,
        coalesce(-sum(c.EffectiveCost) FILTER (
            WHERE c.x_kind = 'image' AND c.ChargeCategory = 'Credit'
        ), 0) AS credited,
        coalesce(sum(c.EffectiveCost) FILTER (
            WHERE c.x_kind = 'image' AND c.unused
        ), 0) AS unused_cost
    FROM line AS c
    GROUP BY c.x_offer_id, c.x_offer_name, c.x_publisher, c.BillingCurrency
),

-- An image may be paid in another currency than the servers that ran it.
measured AS (
    SELECT
        s.*,
        nullif(sum(s.vcpu_us) OVER (PARTITION BY s.offer_id), 0)::HUGEINT AS all_us,
        (s.list_cost * 1000000000)::HUGEINT AS list_nanos,
        (s.effective_cost * 1000000000)::HUGEINT AS effective_nanos
    FROM summed AS s
)

SELECT
    m.offer_id,
    m.offer,
    m.publisher,
    m.currency,
    (coalesce((m.all_us * 10 + 18) // 36, 0) * 0.000000001::DECIMAL(9, 9))::DECIMAL(38, 9) AS vcpu_hours,
    m.list_cost::DECIMAL(38, 18) AS list_cost,
    m.effective_cost::DECIMAL(38, 18) AS effective_cost,
    (m.list_cost - m.effective_cost)::DECIMAL(38, 18) AS saved,
    m.saved_by_trials::DECIMAL(38, 18) AS saved_by_trials,
    m.saved_by_terms::DECIMAL(38, 18) AS saved_by_terms,
    m.credited::DECIMAL(38, 18) AS credited,
    m.unused_cost::DECIMAL(38, 18) AS unused_cost,
    CASE WHEN m.list_cost > 0 THEN round((m.list_cost - m.effective_cost) / m.list_cost * 100, 1) END::DECIMAL(18, 1)
        AS saved_percent,
    ((m.list_nanos * 3600000000 + m.all_us // 2) // m.all_us * 0.000000001::DECIMAL(9, 9))::DECIMAL(38, 9)
        AS list_per_vcpu_hour,
    ((m.effective_nanos * 3600000000 + m.all_us // 2) // m.all_us * 0.000000001::DECIMAL(9, 9))::DECIMAL(38, 9)
        AS cost_per_vcpu_hour
FROM measured AS m
WHERE m.image_lines > 0
ORDER BY m.currency, m.effective_cost DESC, m.offer, m.offer_id
