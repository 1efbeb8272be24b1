-- A contract ends a number of calendar months after it begins, in UTC. If the last month has no such day, it ends on
-- the last day of that month.
-- inputs: done, fact, request
INSERT INTO contract BY NAME
SELECT
    r.new_id AS contract_id,
    p.offer_id,
    p.price_id,
    r.actor AS tenant,
    i.region,
    r.servers,
    p.upfront,
    p.amount AS hourly,
    p.currency,
    f.starts_at,
    (f.starts_at AT TIME ZONE 'UTC' + to_months(coalesce(p.contract_months, 12))) AT TIME ZONE 'UTC' AS ends_at,
    r.happened_at AS bought_at
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN fact AS f ON d.row = f.row
INNER JOIN price_version AS p ON f.price_id = p.price_id
INNER JOIN offer AS o ON p.offer_id = o.offer_id
INNER JOIN image AS i ON o.image_id = i.image_id
