-- Questions to the copy of the warehouse that imagekeeper snapshot publishes, in any tool that speaks DuckDB. Those that
-- ask no view of the schema report also work on the warehouse itself (imagekeeper sql "…").
-- See docs/how-to/query-the-warehouse.md.

-- First of all, so that days and months begin when they do in the warehouse.
SET TimeZone = 'UTC';

-- Whose images take how much room, in GiB?
SELECT
    i.owner,
    count(*) AS images,
    round(sum(i.size_bytes) / 1024 ** 3, 1) AS gib
FROM current_image AS i
GROUP BY i.owner
ORDER BY gib DESC;

-- Whose images may be used by whom, and how many of them?
SELECT
    i.owner,
    m.tenant,
    count(*) AS images,
    count(*) FILTER (m.status = 'pending') AS not_answered,
    min(m.shared_at) AS since
FROM current_member AS m
INNER JOIN image AS i ON m.image_id = i.image_id
GROUP BY ALL
ORDER BY images DESC, i.owner, m.tenant;

-- How many images were there when each month of the last year began, and how many of them were superseded?
SELECT
    month.begins::DATE AS month,
    count(*) AS images,
    count(*) FILTER (i.deprecated_at <= month.begins) AS superseded
FROM (
    SELECT unnest(generate_series(
        date_trunc('month', now()) - INTERVAL 12 MONTHS, date_trunc('month', now()), INTERVAL 1 MONTH
    )) AS begins
) AS month
INNER JOIN image AS i ON month.begins >= i.created_at AND month.begins < coalesce(i.deleted_at, 'infinity')
GROUP BY ALL
ORDER BY month;

-- Which images exist now that did not exist on 1 October, and how is each offered?
SELECT
    i.image_id,
    i.name,
    i.owner,
    i.region,
    i.kind,
    i.members,
    i.created_at
FROM image_at(now()) AS i
ANTI JOIN image_at(TIMESTAMPTZ '2026-10-01 00:00+00') AS before ON i.image_id = before.image_id
ORDER BY i.created_at DESC;

-- Who uses which image of somebody else, and until when?
SELECT
    i.name,
    i.owner,
    u.tenant,
    u.servers,
    u.volumes,
    u.copies,
    u.last_used_at
FROM image_use_at(now()) AS u
INNER JOIN image AS i ON u.image_id = i.image_id
WHERE u.tenant <> i.owner
ORDER BY u.last_used_at DESC, i.name;

-- Which shares has nobody ever made use of?
SELECT
    i.name,
    i.owner,
    m.tenant,
    m.status,
    m.shared_at
FROM member_at(now()) AS m
INNER JOIN current_image AS i ON m.image_id = i.image_id
ANTI JOIN image_use_at(now()) AS u ON m.image_id = u.image_id AND m.tenant = u.tenant
ORDER BY m.shared_at, i.name, m.tenant;

-- Which images have an operating system that its vendor no longer mends, or stops mending within three years?
SELECT
    i.name,
    i.owner,
    i.os_distribution,
    i.os_version,
    e.ends_on,
    e.ends_on < today() AS over
FROM current_image AS i
INNER JOIN os_end_of_life AS e
    ON i.os_distribution = e.distribution AND (i.os_version = e.version OR starts_with(i.os_version, e.version || '.'))
WHERE e.ends_on < today() + INTERVAL 3 YEARS
ORDER BY e.ends_on, i.name;

-- Which rules deny most, and of whom?
SELECT
    rule.rule_id,
    l.actor,
    count(*) AS denied,
    any_value(r.remedy) AS what_to_do_instead
FROM action_log AS l
CROSS JOIN unnest(l.denied_by) AS rule (rule_id)
LEFT JOIN rule AS r ON rule.rule_id = r.rule_id AND l.action = r.action
GROUP BY ALL
ORDER BY denied DESC, rule.rule_id;

-- Which image was made of which, from the one imported to the last copy?
WITH RECURSIVE descent AS (
    SELECT
        i.image_id,
        i.name AS path
    FROM image AS i
    INNER JOIN image_parent AS p ON i.image_id = p.image_id AND p.parent_image_id IS NULL
    UNION
    SELECT
        i.image_id,
        d.path || ' → ' || i.name AS path
    FROM descent AS d
    INNER JOIN image_parent AS p ON d.image_id = p.parent_image_id
    INNER JOIN image AS i ON p.image_id = i.image_id
)

SELECT d.path
FROM descent AS d
WHERE d.path LIKE '%→%'
ORDER BY d.path;

-- How many servers ran at each midnight of the 30 days that were metered last?
SELECT
    day.begins::DATE AS day,
    count(DISTINCT s.server_id) AS servers,
    count(DISTINCT s.image_id) AS images
FROM (
    SELECT
        unnest(generate_series(
            date_trunc('day', max(m.metered_until)) - INTERVAL 29 DAYS,
            date_trunc('day', max(m.metered_until)),
            INTERVAL 1 DAY
        )) AS begins
    FROM metering AS m
) AS day
INNER JOIN server_span AS s
    ON day.begins >= s.started_at AND day.begins < coalesce(s.ended_at, 'infinity') AND s.state = 'running'
GROUP BY ALL
ORDER BY day;

-- What does each tenant pay for Marketplace images, month by month?
SELECT
    c.BillingPeriodStart::DATE AS month,
    c.SubAccountId AS tenant,
    c.BillingCurrency AS currency,
    sum(c.BilledCost) AS billed,
    sum(c.EffectiveCost) AS cost
FROM charge AS c
WHERE c.x_kind = 'image'
GROUP BY ALL
ORDER BY month DESC, cost DESC;

-- What is on sale today, at what price, and since when at that?
SELECT
    o.name AS offer,
    o.publisher,
    p.pricing_model,
    p.amount,
    p.currency,
    p.unit,
    p.valid_from
FROM offer AS o
INNER JOIN price_version AS p ON o.offer_id = p.offer_id AND p.valid_from <= now() AND p.valid_until > now()
WHERE o.withdrawn_at IS NULL
ORDER BY o.name;

-- Which invoices, or those to come, are largest, and what are they made of?
SELECT
    i.month,
    i.tenant,
    i.state,
    i.usage,
    i.purchases,
    i.credits,
    i.to_pay,
    i.currency
FROM report.invoices AS i
ORDER BY i.to_pay DESC
LIMIT 10;

-- Which contracts and years paid upfront are used by less than three quarters, and when do they end?
SELECT
    c.offer,
    c.tenant,
    c.kind,
    c.ends_at,
    c.used_percent,
    c.unused_cost,
    c.saved,
    c.currency
FROM report.contracts AS c
WHERE c.used_percent < 75
ORDER BY c.unused_cost DESC;

-- Which servers cost less than the image they run?
SELECT
    d.tenant,
    d.name,
    d.offer,
    d.server_cost,
    d.image_cost,
    d.times,
    d.currency
FROM report.dearer_than_server AS d
ORDER BY d.more DESC
LIMIT 10;
