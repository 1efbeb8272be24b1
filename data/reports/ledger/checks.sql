-- Rows that must not exist in the ledger. After a month was metered, the variable month_begins limits them to it.
-- Names are FOCUS's (CP02); an alias of a window's result is not one of them. A day is called day (RF04), and the
-- columns stand in the order in which a problem is told (ST06):
-- sqlfluff:exclude_rules:CP02,RF04,ST06

SELECT
    'a list cost is not its unit price times its quantity' AS problem,
    coalesce(c.ResourceId, c.InvoiceId) AS thing,
    c.ChargeDescription || ' from ' || c.ChargePeriodStart AS detail
FROM charge AS c
WHERE
    c.BillingPeriodStart = coalesce(getvariable('month_begins'), c.BillingPeriodStart)
    AND c.ListUnitPrice IS NOT NULL
    AND c.ListCost IS DISTINCT FROM (c.ListUnitPrice * c.PricingQuantity)::DECIMAL(36, 18);

SELECT
    'a contracted cost is not its unit price times its quantity' AS problem,
    coalesce(c.ResourceId, c.InvoiceId) AS thing,
    c.ChargeDescription || ' from ' || c.ChargePeriodStart AS detail
FROM charge AS c
WHERE
    c.BillingPeriodStart = coalesce(getvariable('month_begins'), c.BillingPeriodStart)
    AND c.ContractedUnitPrice IS NOT NULL
    AND c.ContractedCost IS DISTINCT FROM (c.ContractedUnitPrice * c.PricingQuantity)::DECIMAL(36, 18);

-- What is paid upfront is billed once, and takes effect as it is used; all else is billed as it is contracted.
SELECT
    'a charge is billed or takes effect otherwise than it must' AS problem,
    coalesce(c.ResourceId, c.InvoiceId) AS thing,
    c.ChargeDescription || ' from ' || c.ChargePeriodStart AS detail
FROM charge AS c
WHERE
    c.BillingPeriodStart = coalesce(getvariable('month_begins'), c.BillingPeriodStart)
    AND CASE
        WHEN c.CommitmentDiscountId IS NOT NULL
            THEN
                CASE c.ChargeCategory
                    WHEN 'Purchase' THEN c.EffectiveCost <> 0 OR c.BilledCost <> c.ContractedCost
                    ELSE c.BilledCost <> 0
                END
        ELSE c.ChargeCategory <> 'Tax' AND (c.BilledCost <> c.ContractedCost OR c.EffectiveCost <> c.BilledCost)
    END;

SELECT
    'a charge lies outside its month' AS problem,
    coalesce(c.ResourceId, c.InvoiceId) AS thing,
    c.ChargePeriodStart::VARCHAR AS detail
FROM charge AS c
LEFT JOIN price_model AS m ON c.x_pricing_model = m.pricing_model
WHERE
    c.BillingPeriodStart = coalesce(getvariable('month_begins'), c.BillingPeriodStart)
    AND (
        c.ChargePeriodStart >= c.ChargePeriodEnd
        OR (
            c.ChargeFrequency = 'Usage-Based' AND c.ChargeClass IS NULL AND m.amount_by IS DISTINCT FROM 'tier'
            AND (c.ChargePeriodStart < c.BillingPeriodStart OR c.ChargePeriodEnd > c.BillingPeriodEnd)
        )
    );

SELECT
    'the same use is charged twice' AS problem,
    c.ResourceId AS thing,
    c.ChargeDescription || ' from ' || c.ChargePeriodStart AS detail
FROM charge AS c
WHERE
    c.BillingPeriodStart = coalesce(getvariable('month_begins'), c.BillingPeriodStart)
    AND c.ChargeClass IS NULL AND c.ChargeCategory = 'Usage'
QUALIFY
    c.ChargePeriodStart < lag(c.ChargePeriodEnd) OVER (
        PARTITION BY
            c.ResourceId, c.x_kind, c.x_server_id, c.SubAccountId, c.SkuPriceId, c.CommitmentDiscountStatus
        ORDER BY c.ChargePeriodStart, c.ChargePeriodEnd
    );

-- No gap, no double: the seconds that are charged are the seconds that were used. Of images, where time is charged.
WITH horizon AS (
    SELECT
        m.month_begins,
        max(m.metered_until) AS metered_until
    FROM metering AS m
    WHERE m.month_begins = coalesce(getvariable('month_begins'), m.month_begins)
    GROUP BY m.month_begins
),

-- what was used before its flavor had a price is reported, not charged
priced AS (
    SELECT
        f.flavor,
        f.cloud,
        min(f.valid_from) AS priced_from
    FROM flavor_price AS f
    GROUP BY f.flavor, f.cloud
),

spanned AS (
    SELECT
        s.server_id,
        s.started_at,
        h.month_begins,
        sum(
            epoch_us(least(s.ended_at, h.metered_until, h.month_begins + INTERVAL 1 MONTH))
            - epoch_us(greatest(s.started_at, h.month_begins, p.priced_from))
        ) AS used_us
    FROM server_span AS s
    INNER JOIN server AS v ON s.server_id = v.server_id
    INNER JOIN priced AS p ON s.flavor = p.flavor AND v.cloud = p.cloud
    INNER JOIN horizon AS h
        ON
            s.started_at < least(h.metered_until, h.month_begins + INTERVAL 1 MONTH)
            AND least(s.ended_at, h.metered_until) > greatest(h.month_begins, p.priced_from)
    WHERE s.state = 'running' AND (s.ended_at IS NULL OR s.ended_at > s.started_at)
    GROUP BY s.server_id, s.started_at, h.month_begins
),

charged AS (
    SELECT
        c.x_server_id AS server_id,
        c.x_stretch_started_at AS started_at,
        coalesce(c.x_corrected_month, c.BillingPeriodStart) AS month_begins,
        (sum(c.x_used_seconds) * 1000000)::BIGINT AS used_us
    FROM charge AS c
    INNER JOIN horizon AS h ON coalesce(c.x_corrected_month, c.BillingPeriodStart) = h.month_begins
    WHERE c.x_kind = 'server'
    GROUP BY c.x_server_id, c.x_stretch_started_at, coalesce(c.x_corrected_month, c.BillingPeriodStart)
)

SELECT
    'seconds that were used are not the seconds that are charged' AS problem,
    coalesce(s.server_id, c.server_id) AS thing,
    concat(
        'from ', coalesce(s.started_at, c.started_at), ': ', coalesce(s.used_us, 0) / 1000000, ' s used, ',
        coalesce(c.used_us, 0) / 1000000, ' s charged'
    ) AS detail
FROM spanned AS s
FULL JOIN charged AS c
    ON s.server_id = c.server_id AND s.started_at = c.started_at AND s.month_begins = c.month_begins
WHERE s.used_us IS DISTINCT FROM c.used_us AND coalesce(s.used_us, 0) <> coalesce(c.used_us, 0);

-- Hours of server and image pair up: day by day, where one price for time holds all along.
WITH daily AS (
    SELECT
        c.x_server_id AS server_id,
        c.x_offer_id AS offer_id,
        c.x_image_id AS image_id,
        c.x_offered_image_id AS offered_image_id,
        c.x_flavor AS flavor,
        c.x_stretch_started_at AS started_at,
        date_trunc('day', c.ChargePeriodStart) AS day,
        min(c.ChargePeriodStart) AS first_moment,
        max(c.ChargePeriodEnd) AS last_moment,
        coalesce(sum(c.x_used_seconds) FILTER (WHERE c.x_kind = 'server'), 0) AS server_seconds,
        coalesce(sum(c.x_used_seconds) FILTER (WHERE c.x_kind = 'image'), 0) AS image_seconds
    FROM charge AS c
    WHERE
        coalesce(c.x_corrected_month, c.BillingPeriodStart)
        = coalesce(getvariable('month_begins'), c.x_corrected_month, c.BillingPeriodStart)
        AND c.x_state = 'running' AND c.x_offer_id IS NOT NULL
    GROUP BY ALL
)

SELECT
    'an image is charged while its server is not, or the reverse' AS problem,
    d.server_id AS thing,
    concat(d.day::DATE, ': server ', d.server_seconds, ' s, image ', d.image_seconds, ' s') AS detail
FROM daily AS d
INNER JOIN price_version AS v
    ON d.offer_id = v.offer_id AND d.first_moment >= v.valid_from AND d.last_moment <= v.valid_until
INNER JOIN price_model AS m ON v.pricing_model = m.pricing_model
WHERE
    d.server_seconds <> d.image_seconds
    AND m.basis NOT IN ('month', 'once')
    AND (v.lineage OR d.image_id = d.offered_image_id)
    AND v.billable_states['running'] > 0
    -- time at tiered prices belongs to a month of the price's zone
    AND (
        m.amount_by IS DISTINCT FROM 'tier' OR v.time_zone = 'UTC'
        OR date_trunc('month', d.day - INTERVAL 1 DAY) = date_trunc('month', d.day + INTERVAL 1 DAY)
    )
    AND (m.amount_by IS DISTINCT FROM 'flavor' OR coalesce(v.amounts[d.flavor], v.other_amount) IS NOT NULL);

SELECT
    'a charge has a price that does not hold when it begins' AS problem,
    c.ResourceId AS thing,
    c.ChargeDescription || ' from ' || c.ChargePeriodStart AS detail
FROM charge AS c
LEFT JOIN price AS p ON c.x_price_id = p.price_id
LEFT JOIN flavor_price AS f ON c.x_price_id = f.price_id
WHERE
    c.BillingPeriodStart = coalesce(getvariable('month_begins'), c.BillingPeriodStart)
    AND c.ChargeCategory = 'Usage' AND c.ChargeFrequency = 'Usage-Based' AND c.CommitmentDiscountId IS NULL
    AND NOT coalesce(
        c.ChargePeriodStart >= coalesce(p.valid_from, f.valid_from)
        AND c.ChargePeriodStart < coalesce(p.valid_to, f.valid_to, 'infinity'),
        FALSE
    );

SELECT
    'an invoice has two currencies, or is of two tenants' AS problem,
    c.InvoiceId AS thing,
    concat(
        min(c.BillingAccountId), ' ', min(c.BillingCurrency), ', ',
        max(c.BillingAccountId), ' ', max(c.BillingCurrency)
    ) AS detail
FROM charge AS c
WHERE c.BillingPeriodStart = coalesce(getvariable('month_begins'), c.BillingPeriodStart)
GROUP BY c.InvoiceId
HAVING min(c.BillingCurrency) <> max(c.BillingCurrency) OR min(c.BillingAccountId) <> max(c.BillingAccountId);

WITH summed AS (
    SELECT
        c.InvoiceId AS invoice_id,
        sum(c.BilledCost) AS billed
    FROM charge AS c
    SEMI JOIN closed_month AS m ON c.BillingPeriodStart = m.month_begins
    WHERE c.BillingPeriodStart = coalesce(getvariable('month_begins'), c.BillingPeriodStart)
    GROUP BY c.InvoiceId
),

issued AS (
    SELECT i.*
    FROM invoice AS i
    WHERE i.month_begins = coalesce(getvariable('month_begins'), i.month_begins)
)

SELECT
    'an invoice is not the sum of its charges, to the cent' AS problem,
    coalesce(i.invoice_id, s.invoice_id) AS thing,
    concat(coalesce(i.total, 0), ' issued, ', coalesce(s.billed, 0), ' in the ledger') AS detail
FROM issued AS i
FULL JOIN summed AS s ON i.invoice_id = s.invoice_id
WHERE i.total IS DISTINCT FROM s.billed OR i.total <> round(i.total, 2);

SELECT
    'a service has no subcategory of its category' AS problem,
    c.ServiceName AS thing,
    concat(c.ServiceSubcategory, ' under ', c.ServiceCategory) AS detail
FROM (
    SELECT DISTINCT
        ServiceName,
        ServiceCategory,
        ServiceSubcategory
    FROM charge
) AS c
ANTI JOIN focus_subcategory AS f ON c.ServiceSubcategory = f.subcategory AND c.ServiceCategory = f.category;

SELECT
    'a correction corrects a month that is open' AS problem,
    coalesce(c.ResourceId, c.InvoiceId) AS thing,
    c.ChargeDescription AS detail
FROM charge AS c
ANTI JOIN closed_month AS m ON c.x_corrected_month = m.month_begins
WHERE c.ChargeClass = 'Correction';

-- An hour of an upfront payment is spread over its term: what takes effect comes to what was paid, and never to more.
SELECT
    'more of an upfront payment took effect than was paid' AS problem,
    c.CommitmentDiscountId AS thing,
    concat(sum(c.EffectiveCost), ' of ', sum(c.BilledCost)) AS detail
FROM charge AS c
WHERE c.CommitmentDiscountId IS NOT NULL
GROUP BY c.CommitmentDiscountId
HAVING sum(c.EffectiveCost) > sum(c.BilledCost) AND count(*) FILTER (WHERE c.ChargeCategory = 'Purchase') > 0
