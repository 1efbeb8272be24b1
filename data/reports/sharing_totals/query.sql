WITH share AS (
    SELECT
        m.image_id,
        m.tenant,
        i.owner,
        m.status,
        m.shared_at,
        CASE WHEN usage_is_complete(i.cloud) IS NOT TRUE THEN i.cloud END AS unobserved_cloud
    FROM member_at($as_of) AS m
    INNER JOIN image AS i ON m.image_id = i.image_id
    WHERE
        not_ended_at(i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region)
        AND ($tenant IS NULL OR i.owner = $tenant OR m.tenant = $tenant)
),

-- Counted in two steps: distinct images and tenants of ten million shares at once take ten times as long.
image_counted AS (
    SELECT
        s.image_id,
        s.owner,
        count(*) AS shares,
        count(*) FILTER (WHERE s.status = 'accepted') AS accepted,
        count(*) FILTER (WHERE s.status = 'pending') AS pending,
        count(*) FILTER (WHERE s.status = 'rejected') AS rejected,
        count(*) FILTER (WHERE s.status = 'pending' AND s.shared_at > $as_of - INTERVAL 7 DAY) AS week,
        count(*) FILTER (WHERE s.status = 'pending' AND s.shared_at > $as_of - INTERVAL 30 DAY) AS month,
        count(*) FILTER (WHERE s.status = 'pending' AND s.shared_at > $as_of - INTERVAL 90 DAY) AS quarter,
        min(s.shared_at) FILTER (WHERE s.status = 'pending') AS pending_since,
        any_value(s.unobserved_cloud) AS unobserved_cloud
    FROM share AS s
    GROUP BY s.image_id, s.owner
),

recipient AS (
    SELECT DISTINCT s.tenant
    FROM share AS s
)

SELECT
    count(*) AS images,
    coalesce(sum(c.shares), 0)::BIGINT AS shares,
    count(DISTINCT c.owner) AS owners,
    (SELECT count(*) FROM recipient) AS recipients,
    coalesce(sum(c.accepted), 0)::BIGINT AS accepted,
    coalesce(sum(c.pending), 0)::BIGINT AS pending,
    coalesce(sum(c.rejected), 0)::BIGINT AS rejected,
    coalesce(sum(c.week), 0)::BIGINT AS pending_up_to_7_days,
    coalesce(sum(c.month - c.week), 0)::BIGINT AS pending_7_to_30_days,
    coalesce(sum(c.quarter - c.month), 0)::BIGINT AS pending_30_to_90_days,
    coalesce(sum(c.pending - c.quarter), 0)::BIGINT AS pending_over_90_days,
    date_diff('day', min(c.pending_since), $as_of) AS longest_pending_days,
    count(c.unobserved_cloud) AS use_unknown,
    string_agg(DISTINCT c.unobserved_cloud, ', ' ORDER BY c.unobserved_cloud) AS use_unknown_on
FROM image_counted AS c
