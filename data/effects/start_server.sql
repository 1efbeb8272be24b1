-- What changes ends the span of use; the next begins where it ends.
CREATE OR REPLACE TEMP TABLE changed AS
SELECT
    s.server_id,
    r.happened_at,
    s.image_id,
    s.flavor,
    'running' AS state
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN meant_server AS m ON d.row = m.row
INNER JOIN server AS s ON m.server_id = s.server_id
WHERE s.state = 'stopped';

UPDATE server_span
SET ended_at = greatest(server_span.started_at, changed.happened_at)
FROM changed
WHERE server_span.server_id = changed.server_id AND server_span.ended_at IS NULL;

INSERT INTO server_span BY NAME
SELECT
    c.server_id,
    c.image_id,
    c.flavor,
    c.state,
    greatest(c.happened_at, max(p.ended_at)) AS started_at
FROM changed AS c
INNER JOIN server_span AS p ON c.server_id = p.server_id
GROUP BY c.server_id, c.image_id, c.flavor, c.state, c.happened_at;

UPDATE server
SET
    state = changed.state,
    updated_at = changed.happened_at
FROM changed
WHERE server.server_id = changed.server_id
