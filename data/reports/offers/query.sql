-- A lambda is written in small letters, and what it names belongs to no table:
-- sqlfluff:exclude_rules:AL09,AM03,CP01,CP02,RF01,RF02,RF03,RF04,ST06
WITH used AS (
    SELECT
        c.x_offer_id AS offer_id,
        count(DISTINCT c.SubAccountId) AS tenants,
        count(DISTINCT c.x_server_id) AS servers
    FROM charge AS c
    WHERE
        c.x_offer_id IS NOT NULL
        AND c.ChargePeriodStart < $as_of
        AND ($month IS NULL OR c.BillingPeriodStart = $month)
        AND ($region IS NULL OR c.RegionId = $region)
        AND ($tenant IS NULL OR c.SubAccountId = $tenant)
    GROUP BY c.x_offer_id
),

-- Amounts as they are written: 1,314 or 0.05 or 0.125, then the currency.
amounts AS (
    SELECT
        v.*,
        m.words,
        CASE m.amount_by
            WHEN 'tier' THEN list_transform(v.tiers, lambda tier: tier.amount)
            WHEN 'flavor' THEN map_values(v.amounts) || [v.other_amount]
            ELSE [v.amount]
        END AS each_amount,
        list_transform(
            [list_min(each_amount), list_max(each_amount), v.upfront, v.minimum, v.trial_credit]::DECIMAL(18, 9)[],
            lambda one: format('{:,}', trunc(one)::BIGINT)
            || CASE WHEN one = trunc(one) THEN '' ELSE regexp_extract(one::VARCHAR, '(\.\d\d\d*?)0*$', 1) END
            || ' ' || v.currency
        ) AS written
    FROM price_version AS v
    INNER JOIN price_model AS m ON v.pricing_model = m.pricing_model
),

said AS (
    SELECT
        a.*,
        CASE
            WHEN a.written[1] = a.written[2] THEN a.written[1]
            ELSE 'from ' || split_part(a.written[1], ' ', 1) || ' to ' || a.written[2]
        END AS amount_text
    FROM amounts AS a
),

worded AS (
    SELECT
        s.*,
        concat(
            replace(
                replace(
                    replace(
                        replace(s.words, '{amount}', s.amount_text),
                        '{subject}', replace(s.per, 'subscription', 'tenant')
                    ),
                    '{upfront}', coalesce(s.written[3], '')
                ),
                '{duration}', if(s.contract_months = 1, 'a month', s.contract_months || ' months')
            ),
            ', at least ' || s.written[4] || ' a month',
            CASE WHEN s.trial_days = 1 THEN ', first day ' ELSE ', first ' || s.trial_days || ' days ' END
            || coalesce('with a credit of ' || s.written[5], 'free')
            || coalesce(if(s.trial_servers = 1, ' on one server', ' on ' || s.trial_servers || ' servers'), '')
        ) AS price
    FROM said AS s
),

following AS (
    SELECT
        w.offer_id,
        arg_min(w.price, w.valid_from) AS price,
        arg_min(w.amount, w.valid_from) AS amount,
        min(w.valid_from) AS valid_from
    FROM worded AS w
    WHERE w.valid_from > $as_of
    GROUP BY w.offer_id
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
    p.price,
    p.amount AS unit_price,
    p.unit,
    p.currency,
    p.valid_from AS price_since,
    f.price AS next_price,
    f.amount AS next_unit_price,
    f.valid_from AS next_price_from,
    coalesce(u.tenants, 0) AS tenants,
    coalesce(u.servers, 0) AS servers
FROM offer AS o
LEFT JOIN image AS i ON o.image_id = i.image_id
LEFT JOIN worded AS p ON o.offer_id = p.offer_id AND p.valid_from <= $as_of AND p.valid_until > $as_of
LEFT JOIN following AS f ON o.offer_id = f.offer_id
LEFT JOIN used AS u ON o.offer_id = u.offer_id
WHERE
    o.published_at <= $as_of
    AND ($region IS NULL OR i.region = $region OR u.servers > 0)
    AND (not_ended_at(o.withdrawn_at, $as_of) OR u.servers > 0)
ORDER BY tenants DESC, servers DESC, o.name, o.offer_id
LIMIT $top
