-- inputs: done, request, resolved_image
INSERT INTO server_span BY NAME
SELECT
    nth_id(r.new_id, r.happened_at, r.seq, n.ordinal) AS server_id,
    m.image_id,
    r.flavor,
    'running' AS state,
    r.happened_at AS started_at
FROM done AS d
INNER JOIN request AS r ON d.row = r.row
INNER JOIN resolved_image AS m ON d.row = m.row
CROSS JOIN LATERAL (SELECT unnest(range(1, r.count + 1)) AS ordinal) AS n
