-- inputs: made, rig, stretch_of
INSERT INTO server_span BY NAME
SELECT
    s.server_id,
    i.image_id,
    s.flavor,
    s.state,
    moment(s.since) AS started_at,
    moment(s.till) AS ended_at
FROM stretch_of AS s
INNER JOIN rig AS r ON s.m = r.m
INNER JOIN made AS i ON r.n = i.n
ORDER BY s.since, s.m
