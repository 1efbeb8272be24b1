-- Tenants are numbered in the order of their names: millions of pairs of numbers are counted faster than of names.
WITH giver AS (
    SELECT
        i.owner AS name,
        row_number() OVER (ORDER BY i.owner)::INTEGER AS number
    FROM image AS i
    GROUP BY i.owner
),

taker AS (
    SELECT
        m.tenant AS name,
        row_number() OVER (ORDER BY m.tenant)::INTEGER AS number
    FROM image_member AS m
    GROUP BY m.tenant
),

share AS (
    SELECT
        g.number AS owner,
        t.number AS tenant,
        (m.status = 'accepted')::INTEGER + 2 * (m.status = 'rejected')::INTEGER AS answer
    FROM member_at($as_of) AS m
    INNER JOIN taker AS t ON m.tenant = t.name
    INNER JOIN image AS i ON m.image_id = i.image_id
    INNER JOIN giver AS g ON i.owner = g.name
    WHERE
        not_ended_at(i.deleted_at, $as_of)
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

-- Tenants are folded before pairs are counted: there may be millions of pairs.
folded AS (
    SELECT
        CASE WHEN $top IS NULL OR o.place <= $top THEN s.owner END AS owner,
        CASE WHEN $top IS NULL OR r.place <= $top THEN s.tenant END AS tenant,
        s.answer
    FROM share AS s
    INNER JOIN owner AS o ON s.owner = o.owner
    INNER JOIN recipient AS r ON s.tenant = r.tenant
),

counted AS (
    SELECT
        f.owner,
        f.tenant,
        count(*) AS shares,
        count(*) FILTER (WHERE f.answer = 1) AS accepted,
        count(*) FILTER (WHERE f.answer = 0) AS pending,
        count(*) FILTER (WHERE f.answer = 2) AS rejected
    FROM folded AS f
    GROUP BY f.owner, f.tenant
)

SELECT
    coalesce(g.name, 'all others') AS owner,
    coalesce(t.name, 'all others') AS tenant,
    c.shares,
    c.accepted,
    c.pending,
    c.rejected
FROM counted AS c
LEFT JOIN giver AS g ON c.owner = g.number
LEFT JOIN taker AS t ON c.tenant = t.number
ORDER BY c.shares DESC, owner, tenant
