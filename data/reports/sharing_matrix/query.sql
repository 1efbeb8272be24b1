WITH share AS (
    SELECT
        i.owner,
        m.tenant,
        m.status
    FROM member_at($as_of) AS m
    INNER JOIN image AS i ON m.image_id = i.image_id
    WHERE
        (i.deleted_at IS NULL OR i.deleted_at > $as_of)
        AND ($region IS NULL OR i.region = $region)
        AND ($tenant IS NULL OR i.owner = $tenant OR m.tenant = $tenant)
),

owner AS (
    SELECT
        s.owner,
        row_number() OVER (ORDER BY count(*) DESC, s.owner) AS place
    FROM share AS s
    GROUP BY s.owner
),

recipient AS (
    SELECT
        s.tenant,
        row_number() OVER (ORDER BY count(*) DESC, s.tenant) AS place
    FROM share AS s
    GROUP BY s.tenant
),

-- Names are folded before pairs are counted: there may be millions of pairs.
folded AS (
    SELECT
        CASE WHEN $top IS NULL OR o.place <= $top THEN s.owner ELSE 'all others' END AS owner,
        CASE WHEN $top IS NULL OR r.place <= $top THEN s.tenant ELSE 'all others' END AS tenant,
        s.status
    FROM share AS s
    INNER JOIN owner AS o ON s.owner = o.owner
    INNER JOIN recipient AS r ON s.tenant = r.tenant
)

SELECT
    f.owner,
    f.tenant,
    count(*) AS shares,
    count(*) FILTER (WHERE f.status = 'accepted') AS accepted,
    count(*) FILTER (WHERE f.status = 'pending') AS pending,
    count(*) FILTER (WHERE f.status = 'rejected') AS rejected
FROM folded AS f
GROUP BY f.owner, f.tenant
ORDER BY shares DESC, f.owner, f.tenant
