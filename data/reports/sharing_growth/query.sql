-- One pass over all shares that ever were. A month is a number, year * 12 + month - 1, in UTC: of millions of moments
-- that is quicker than dates are.
WITH dated AS (
    SELECT
        i.region,
        make_timestamp(epoch_us(m.shared_at)) AS made,
        CASE
            WHEN m.removed_at <= $as_of OR i.deleted_at <= $as_of
                THEN make_timestamp(epoch_us(least(m.removed_at, i.deleted_at)))
        END AS stopped,
        CASE WHEN m.accepted_at <= $as_of THEN make_timestamp(epoch_us(m.accepted_at)) END AS accepted,
        CASE WHEN m.rejected_at <= $as_of THEN make_timestamp(epoch_us(m.rejected_at)) END AS rejected
    FROM image_member AS m
    INNER JOIN image AS i ON m.image_id = i.image_id
    WHERE
        m.shared_at <= $as_of
        AND ($region IS NULL OR i.region = $region)
        AND ($tenant IS NULL OR i.owner = $tenant OR m.tenant = $tenant)
),

life AS MATERIALIZED (
    SELECT
        d.region,
        year(d.made) * 12 + month(d.made) - 1 AS made,
        year(d.stopped) * 12 + month(d.stopped) - 1 AS stopped,
        year(d.accepted) * 12 + month(d.accepted) - 1 AS accepted,
        year(d.rejected) * 12 + month(d.rejected) - 1 AS rejected,
        count(*) AS shares
    FROM dated AS d
    GROUP BY ALL
),

changed AS (
    SELECT
        h.region,
        h.month,
        sum(h.shares) FILTER (WHERE h.what = 'made') AS made,
        sum(h.shares) FILTER (WHERE h.what = 'stopped') AS stopped,
        sum(h.shares) FILTER (WHERE h.what = 'accepted') AS accepted,
        sum(h.shares) FILTER (WHERE h.what = 'rejected') AS rejected
    FROM (UNPIVOT life ON made, stopped, accepted, rejected INTO NAME what VALUE month) AS h
    GROUP BY h.region, h.month
),

-- Every month in every region, so that a line does not skip the quiet ones.
calendar AS (
    SELECT
        c.region,
        unnest(range(
            (SELECT min(first.month) FROM changed AS first),
            (SELECT year(a.moment) * 12 + month(a.moment) FROM (SELECT make_timestamp(epoch_us($as_of)) AS moment) AS a)
        )) AS month
    FROM (SELECT DISTINCT changed.region FROM changed) AS c
)

SELECT
    k.region,
    make_date(k.month // 12, k.month % 12 + 1, 1) AS month,
    coalesce(c.made, 0)::BIGINT AS made,
    coalesce(c.stopped, 0)::BIGINT AS stopped,
    coalesce(c.accepted, 0)::BIGINT AS accepted,
    coalesce(c.rejected, 0)::BIGINT AS rejected,
    (sum(coalesce(c.made, 0) - coalesce(c.stopped, 0)) OVER so_far)::BIGINT AS shares
FROM calendar AS k
LEFT JOIN changed AS c ON k.region = c.region AND k.month = c.month
WINDOW so_far AS (PARTITION BY k.region ORDER BY k.month)
ORDER BY k.month, k.region
