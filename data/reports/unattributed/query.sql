WITH metered AS (
    SELECT coalesce(max(m.metered_until), as_time('-infinity')) AS metered_until
    FROM metering AS m
),

running AS (
    SELECT
        s.server_id,
        s.flavor,
        v.owner AS tenant,
        f.flavor IS NULL AS strange,
        least(s.ended_at, $as_of) AS until,
        greatest(s.started_at, coalesce($month, s.started_at)) AS since,
        greatest(since, m.metered_until) AS unmetered_since
    FROM server_span AS s
    CROSS JOIN metered AS m
    LEFT JOIN server AS v ON s.server_id = v.server_id
    LEFT JOIN flavor AS f ON s.flavor = f.flavor AND v.cloud = f.cloud
    WHERE
        s.state = 'running' AND s.started_at < $as_of AND (s.ended_at IS NULL OR s.ended_at > s.started_at)
        AND ($month IS NULL OR s.ended_at IS NULL OR s.ended_at > $month)
        AND ($month IS NULL OR s.started_at < as_time($month) + INTERVAL 1 MONTH)
        AND ($region IS NULL OR v.region = $region) AND ($tenant IS NULL OR v.owner = $tenant)
        AND (f.flavor IS NULL OR s.ended_at IS NULL OR s.ended_at > m.metered_until)
),

within AS (
    SELECT r.* REPLACE (least(r.until, coalesce(as_time($month) + INTERVAL 1 MONTH, r.until)) AS until)
    FROM running AS r
),

found AS (
    SELECT
        'use that is not metered yet' AS problem,
        w.tenant AS thing,
        w.tenant,
        NULL::VARCHAR AS currency,
        sum(epoch_us(w.until) - epoch_us(w.unmetered_since)) AS used_us,
        0::DECIMAL(38, 18) AS cost,
        concat(
            count(DISTINCT w.server_id), if(count(DISTINCT w.server_id) = 1, ' server', ' servers'), ' since ',
            strftime(min(w.unmetered_since), '%Y-%m-%d %H:%M')
        ) AS detail
    FROM within AS w
    WHERE w.until > w.unmetered_since
    GROUP BY w.tenant
    UNION ALL
    SELECT
        'a flavor that is not known' AS problem,
        w.flavor AS thing,
        CASE WHEN count(DISTINCT w.tenant) = 1 THEN any_value(w.tenant) END AS tenant,
        NULL AS currency,
        sum(epoch_us(w.until) - epoch_us(w.since)) AS used_us,
        0 AS cost,
        concat(
            count(DISTINCT w.server_id), if(count(DISTINCT w.server_id) = 1, ' server', ' servers'),
            '; neither its price nor its vCPUs are known'
        ) AS detail
    FROM within AS w
    WHERE w.strange AND w.until > w.since
    GROUP BY w.flavor
    UNION ALL
    SELECT
        CASE
            WHEN c.x_kind = 'image' AND c.x_offer_name IS NULL THEN 'a charge for an image without the name of an offer'
            WHEN c.SubAccountId = '' THEN 'a charge that no tenant pays'
            ELSE 'a credit for no offer'
        END AS problem,
        coalesce(c.ResourceId, c.InvoiceId) AS thing,
        c.SubAccountId AS tenant,
        c.BillingCurrency AS currency,
        (sum(c.x_used_seconds) * 1000000)::HUGEINT AS used_us,
        sum(c.EffectiveCost) AS cost,
        any_value(c.ChargeDescription) AS detail
    FROM charge AS c
    WHERE
        (
            (c.x_kind = 'image' AND c.x_offer_name IS NULL) OR c.SubAccountId = ''
            OR (c.x_kind = 'account' AND c.ChargeCategory = 'Credit')
        )
        AND c.ChargePeriodStart < $as_of
        AND ($month IS NULL OR c.BillingPeriodStart = $month)
        AND ($region IS NULL OR c.RegionId = $region)
        AND ($tenant IS NULL OR c.SubAccountId = $tenant)
    GROUP BY problem, thing, c.SubAccountId, c.BillingCurrency
)

SELECT
    f.problem,
    f.thing,
    f.tenant,
    ((f.used_us::HUGEINT * 10 + 18) // 36 * 0.000000001::DECIMAL(9, 9))::DECIMAL(38, 9) AS hours,
    f.cost::DECIMAL(38, 18) AS cost,
    f.currency,
    f.detail
FROM found AS f
ORDER BY f.problem, abs(f.cost) DESC, f.used_us DESC, f.thing
LIMIT $top
