-- inputs: changed
INSERT INTO server_span BY NAME
SELECT
    c.server_id,
    c.image_id,
    c.flavor,
    c.state,
    greatest(c.happened_at, max(p.ended_at)) AS started_at
FROM changed AS c
INNER JOIN server_span AS p ON c.server_id = p.server_id
GROUP BY c.server_id, c.image_id, c.flavor, c.state, c.happened_at
