-- The amount of a month that can still be refunded: its charges, with later corrections, minus earlier refunds.
-- A refund for one offer is limited by the rest of that offer's charges (charges for servers do not count), and by the
-- rest of all charges, because a refund without an offer reduces them all.
-- inputs: request, resolved_offer
-- creates: table fact
WITH asked AS (
    SELECT
        r.row,
        r.actor,
        r.region,
        r.tenant,
        r.offer,
        r.amount,
        r.currency,
        r.refund_of,
        m.offer_id,
        o.publisher,
        i.owner AS seller,
        CASE WHEN r.offer_ref IS NULL THEN 1 ELSE coalesce(m.matches, 0) END AS offer_matches,
        strftime(r.happened_at AT TIME ZONE 'UTC', '%Y-%m') AS this_month
    FROM request AS r
    LEFT JOIN resolved_offer AS m ON r.row = m.row
    LEFT JOIN offer AS o ON m.offer_id = o.offer_id
    LEFT JOIN image AS i ON o.image_id = i.image_id
),

refunded AS (
    SELECT tenant
    FROM asked
    WHERE refund_of IS NOT NULL
),

-- A correction is billed in a later month than the one that it corrects. Charges that come from credits are left out:
-- the table credit has them, and they are charged in the month of the grant.
moved AS (
    SELECT
        c.SubAccountId AS tenant,
        CASE WHEN c.x_kind <> 'server' THEN c.x_offer_id END AS offer_id,
        c.BillingCurrency AS currency,
        strftime(coalesce(c.x_corrected_month, c.BillingPeriodStart) AT TIME ZONE 'UTC', '%Y-%m') AS refund_of,
        c.BilledCost::DECIMAL(38, 18) AS amount
    FROM charge AS c
    WHERE c.x_source <> 'credit' AND c.SubAccountId IN (SELECT refunded.tenant FROM refunded)
    UNION ALL
    SELECT
        g.tenant,
        g.offer_id,
        g.currency,
        strftime(g.refund_of, '%Y-%m') AS refund_of,
        -g.amount::DECIMAL(38, 18) AS amount
    FROM credit AS g
    WHERE g.refund_of IS NOT NULL AND g.tenant IN (SELECT refunded.tenant FROM refunded)
),

in_all AS (
    SELECT
        tenant,
        currency,
        refund_of,
        sum(amount) AS amount
    FROM moved
    GROUP BY tenant, currency, refund_of
),

of_offer AS (
    SELECT
        tenant,
        currency,
        refund_of,
        offer_id,
        sum(amount) AS amount
    FROM moved
    WHERE offer_id IS NOT NULL
    GROUP BY tenant, currency, refund_of, offer_id
),

balanced AS (
    SELECT
        a.*,
        CASE
            WHEN a.refund_of IS NULL THEN NULL
            WHEN a.offer IS NULL THEN coalesce(t.amount, 0)
            ELSE least(coalesce(t.amount, 0), coalesce(o.amount, 0))
        END AS refundable
    FROM asked AS a
    LEFT JOIN in_all AS t ON a.tenant = t.tenant AND a.currency = t.currency AND a.refund_of = t.refund_of
    LEFT JOIN of_offer AS o
        ON
            a.tenant = o.tenant
            AND a.currency = o.currency
            AND a.refund_of = o.refund_of
            AND a.offer_id = o.offer_id
)

SELECT
    b.row,
    b.actor,
    b.region,
    b.tenant,
    b.offer,
    b.offer_matches,
    b.publisher,
    b.seller,
    b.amount,
    b.currency,
    b.this_month,
    b.refund_of,
    b.refundable,
    rtrim(rtrim(b.refundable::VARCHAR, '0'), '.') AS refundable_text
FROM balanced AS b
