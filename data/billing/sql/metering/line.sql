-- The charges of the month of offers whose prices ask for more than hours as they are.
INSERT INTO line BY NAME
SELECT
    CASE h.cover WHEN 'trial' THEN 'trial' ELSE 'hours' END AS what,
    h.begins,
    h.ends,
    h.tenant,
    h.region,
    h.server_id,
    h.server_name,
    h.image_id,
    h.flavor,
    h.vcpus,
    h.state,
    h.started_at,
    h.used_us,
    h.offer_id,
    h.price_id,
    h.tier,
    h.pricing_model,
    h.unit,
    h.currency,
    h.nanos,
    h.list_price,
    h.unit_price,
    h.billed,
    h.billed AS effective,
    h.price_id AS version_id
FROM hours AS h
WHERE h.billing_month = getvariable('month_begins');

INSERT INTO line BY NAME
SELECT
    'used' AS what,
    p.begins,
    p.ends,
    p.tenant,
    p.region,
    p.server_id,
    p.server_name,
    p.image_id,
    p.flavor,
    p.vcpus,
    p.state,
    p.started_at,
    p.used_us,
    p.offer_id,
    CASE t.pricing_model WHEN 'contract' THEN t.term_id ELSE t.price_id END AS price_id,
    t.pricing_model,
    'Hours' AS unit,
    t.currency,
    p.nanos,
    coalesce(t.list_price, t.unit_price) AS list_price,
    t.unit_price,
    0 AS billed,
    money(
        used_up(t.upfront, p.ends - t.begins, t.ends - t.begins)
        - used_up(t.upfront, p.begins - t.begins, t.ends - t.begins)
    ) AS effective,
    t.term_id,
    t.price_id AS version_id
FROM piece AS p
INNER JOIN term AS t ON p.term_id = t.term_id
WHERE
    p.cover = 'used'
    AND p.begins >= epoch_us(getvariable('month_begins')) AND p.begins < epoch_us(getvariable('month_ends'));

-- What nobody used of a term, day by day.
INSERT INTO line BY NAME
WITH held AS (
    SELECT
        t.*,
        unnest(range(
            greatest(t.begins, epoch_us(getvariable('month_begins'))) // 86400000000 * 86400000000,
            least(t.ends, epoch_us(getvariable('month_ends')), epoch_us(getvariable('reach'))),
            86400000000
        )) AS day
    FROM term AS t
),

daily AS (
    SELECT
        h.* EXCLUDE (begins, ends),
        h.begins AS term_begins,
        h.ends - h.begins AS term_length,
        greatest(h.begins, h.day) AS begins,
        least(h.ends, h.day + 86400000000, epoch_us(getvariable('reach'))) AS ends
    FROM held AS h
),

used_of AS (
    SELECT
        l.term_id,
        l.begins // 86400000000 * 86400000000 AS day,
        sum(l.nanos) AS nanos,
        sum(l.effective) AS effective
    FROM line AS l
    WHERE l.what = 'used'
    GROUP BY l.term_id, day
),

left_over AS (
    SELECT
        'unused' AS what,
        d.begins,
        d.ends,
        d.tenant,
        d.region,
        d.server_id,
        0 AS used_us,
        d.offer_id,
        CASE d.pricing_model WHEN 'contract' THEN d.term_id ELSE d.price_id END AS price_id,
        d.pricing_model,
        'Hours' AS unit,
        d.currency,
        d.servers * (nano_hours(d.ends) - nano_hours(d.begins)) - coalesce(u.nanos, 0) AS nanos,
        coalesce(d.list_price, d.unit_price) AS list_price,
        d.unit_price,
        0 AS billed,
        money(d.servers * (
            used_up(d.upfront, d.ends - d.term_begins, d.term_length)
            - used_up(d.upfront, d.begins - d.term_begins, d.term_length)
        )) - coalesce(u.effective, 0) AS effective,
        d.term_id,
        d.price_id AS version_id
    FROM daily AS d
    LEFT JOIN used_of AS u ON d.term_id = u.term_id AND d.day = u.day
)

SELECT l.*
FROM left_over AS l
WHERE l.nanos > 0 OR l.effective <> 0;

INSERT INTO line BY NAME
SELECT
    'upfront' AS what,
    t.begins,
    t.begins + 3600000000 AS ends,
    t.tenant,
    t.region,
    t.server_id,
    0 AS used_us,
    t.offer_id,
    CASE t.pricing_model WHEN 'contract' THEN t.term_id ELSE t.price_id END AS price_id,
    t.pricing_model,
    'Units' AS unit,
    t.currency,
    t.servers::BIGINT * 1000000000 AS nanos,
    t.upfront AS list_price,
    t.upfront AS unit_price,
    (t.upfront * t.servers)::DECIMAL(36, 18) AS billed,
    0 AS effective,
    t.term_id,
    t.price_id AS version_id,
    t.servers * (nano_hours(t.ends) - nano_hours(t.begins)) AS term_nanos
FROM term AS t
WHERE
    t.begins >= epoch_us(getvariable('month_begins')) AND t.begins < epoch_us(getvariable('month_ends'))
    AND t.begins < epoch_us(getvariable('reach'));

INSERT INTO line BY NAME
WITH first AS (
    SELECT
        p.*,
        CASE p.per WHEN 'server' THEN p.server_id END AS subject
    FROM part AS p
    WHERE p.pricing_model = 'one_time'
    QUALIFY
        row_number() OVER (PARTITION BY p.tenant, p.offer_id, p.per, subject ORDER BY p.begins, p.server_id) = 1
)

SELECT
    'once' AS what,
    f.begins,
    f.begins + 3600000000 AS ends,
    f.tenant,
    f.region,
    f.subject AS server_id,
    CASE WHEN f.subject IS NOT NULL THEN f.server_name END AS server_name,
    f.image_id,
    0 AS used_us,
    f.offer_id,
    f.price_id,
    f.pricing_model,
    f.unit,
    f.currency,
    1000000000 AS nanos,
    f.amount AS list_price,
    f.amount AS unit_price,
    f.amount AS billed,
    f.amount AS effective,
    f.price_id AS version_id
FROM first AS f
WHERE f.begins >= epoch_us(getvariable('month_begins')) AND f.begins < epoch_us(getvariable('month_ends'));

INSERT INTO line BY NAME
WITH subject AS (
    SELECT
        p.*,
        CASE p.per WHEN 'server' THEN p.server_id END AS subject,
        row_number() OVER of_month AS nth,
        max(p.ends) OVER (PARTITION BY p.tenant, p.offer_id, p.per, p.time_zone, subject, p.local_month) AS last_end
    FROM piece AS p
    WHERE
        p.pricing_model = 'monthly' AND p.cover = 'charged'
        AND p.local_month = getvariable('month_begins') AT TIME ZONE 'UTC'
    WINDOW of_month AS (
        PARTITION BY p.tenant, p.offer_id, p.per, p.time_zone, subject, p.local_month
        ORDER BY p.begins, p.server_id
    )
),

dated AS (
    SELECT
        s.*,
        epoch_us(timezone(s.time_zone, s.local_month)) AS zone_begins,
        epoch_us(timezone(s.time_zone, s.local_month + INTERVAL 1 MONTH)) AS zone_ends,
        datediff(
            'day',
            timezone(s.time_zone, make_timestamptz(s.begins)),
            timezone(s.time_zone, make_timestamptz(s.last_end - 1))
        ) + 1 AS days
    FROM subject AS s
    WHERE s.nth = 1
),

shared AS (
    SELECT
        d.*,
        CASE d.proration
            WHEN 'day_30' THEN least(share_of(d.days, 30), 1000000000)
            WHEN 'day_of_month'
                THEN share_of(d.days, datediff('day', d.local_month, d.local_month + INTERVAL 1 MONTH))
            WHEN 'second' THEN share_of(d.last_end - d.begins, d.zone_ends - d.zone_begins)
            ELSE 1000000000
        END AS share
    FROM dated AS d
)

SELECT
    'month' AS what,
    s.begins,
    s.zone_ends AS ends,
    s.tenant,
    s.region,
    s.subject AS server_id,
    CASE WHEN s.subject IS NOT NULL THEN s.server_name END AS server_name,
    s.image_id,
    0 AS used_us,
    s.offer_id,
    s.price_id,
    s.pricing_model,
    s.unit,
    s.currency,
    s.share AS nanos,
    s.amount AS list_price,
    s.amount AS unit_price,
    (s.amount * quantity(s.share))::DECIMAL(36, 18) AS billed,
    billed AS effective,
    s.price_id AS version_id
FROM shared AS s;

INSERT INTO line BY NAME
WITH spent AS (
    SELECT
        h.tenant,
        h.offer_id,
        h.price_id,
        h.pricing_model,
        h.currency,
        h.time_zone,
        h.local_month,
        h.minimum,
        arg_min(h.region, concat(printf('%020d', h.begins), h.server_id)) AS region,
        (h.minimum - sum(h.billed))::DECIMAL(38, 18) AS short_of
    FROM hours AS h
    WHERE
        h.minimum IS NOT NULL AND h.cover = 'charged'
        AND h.local_month = getvariable('month_begins') AT TIME ZONE 'UTC'
    GROUP BY
        h.tenant, h.offer_id, h.price_id, h.pricing_model, h.currency, h.time_zone, h.local_month, h.minimum
)

SELECT
    'minimum' AS what,
    epoch_us(timezone(s.time_zone, s.local_month)) AS begins,
    epoch_us(timezone(s.time_zone, s.local_month + INTERVAL 1 MONTH)) AS ends,
    s.tenant,
    s.region,
    0 AS used_us,
    s.offer_id,
    s.price_id,
    s.pricing_model,
    'Months' AS unit,
    s.currency,
    1000000000 AS nanos,
    round(s.short_of, 9)::DECIMAL(18, 9) AS list_price,
    list_price AS unit_price,
    list_price AS billed,
    list_price AS effective,
    s.price_id AS version_id
FROM spent AS s
WHERE
    round(s.short_of, 9) > 0
    AND timezone(s.time_zone, s.local_month + INTERVAL 1 MONTH) <= getvariable('until');

-- A trial's credit takes back what was charged in its days, until it is used up.
INSERT INTO line BY NAME
WITH daily AS (
    SELECT
        h.tenant,
        h.offer_id,
        h.region,
        h.begins // 86400000000 * 86400000000 AS day,
        h.billing_month,
        any_value(h.currency) AS currency,
        any_value(t.credit) AS credit,
        sum(h.billed)::DECIMAL(38, 18) AS charged
    FROM hours AS h
    INNER JOIN trial AS t
        ON h.tenant = t.tenant AND h.offer_id = t.offer_id AND h.begins >= t.begins AND h.begins < t.ends
    WHERE t.credit IS NOT NULL AND h.cover = 'charged'
    GROUP BY h.tenant, h.offer_id, h.region, day, h.billing_month
),

summed AS (
    SELECT
        d.*,
        sum(d.charged)
            OVER (PARTITION BY d.tenant, d.offer_id ORDER BY d.day, d.billing_month, d.region) AS so_far
    FROM daily AS d
),

taken_back AS (
    SELECT
        s.*,
        (least(s.so_far - s.charged, s.credit) - least(s.so_far, s.credit))::DECIMAL(36, 18) AS amount
    FROM summed AS s
    WHERE s.billing_month = getvariable('month_begins')
)

SELECT
    'credit' AS what,
    t.day AS begins,
    t.day + 86400000000 AS ends,
    t.tenant,
    t.region,
    0 AS used_us,
    t.offer_id,
    t.currency,
    1000000000 AS nanos,
    t.amount AS billed,
    t.amount AS effective
FROM taken_back AS t
WHERE t.amount <> 0
