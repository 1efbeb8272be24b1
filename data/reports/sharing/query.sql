-- Days are counted for the rows that are listed only: of millions of shares that takes seconds.
WITH listed AS (
    SELECT
        i.image_id,
        i.name,
        i.owner,
        m.tenant,
        i.region,
        i.image_type,
        m.status,
        m.shared_at,
        m.accepted_at
    FROM member_at($as_of) AS m
    INNER JOIN image AS i ON m.image_id = i.image_id
    WHERE
        not_ended_at(i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region)
        AND ($tenant IS NULL OR i.owner = $tenant OR m.tenant = $tenant)
    ORDER BY m.shared_at DESC, i.name, m.tenant, i.image_id
    LIMIT $top
)

SELECT
    l.*,
    date_diff('day', l.shared_at, $as_of) AS shared_days
FROM listed AS l
ORDER BY l.shared_at DESC, l.name, l.tenant, l.image_id
