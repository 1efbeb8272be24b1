-- The cloud gets the ids and names that the servers have in the warehouse (effects/launch_server/server.sql).
-- inputs: asked_image, request, wanted
SELECT
    r.row,
    r.actor,
    r.region,
    a.blob,
    r.flavor,
    a.min_disk_gb AS disk_gb,
    list(
        {
            'server_id': nth_id(r.new_id, r.happened_at, r.seq, n.ordinal),
            'name': CASE WHEN r.count = 1 THEN r.name ELSE concat(r.name, '-', n.ordinal) END
        }
        ORDER BY n.ordinal
    ) AS servers,
    'launch' AS kind
FROM wanted AS w
INNER JOIN asked_image AS a ON w.row = a.row
INNER JOIN request AS r ON w.row = r.row
CROSS JOIN LATERAL (SELECT unnest(range(1, r.count + 1)) AS ordinal) AS n
GROUP BY r.row, r.actor, r.region, a.blob, r.flavor, a.min_disk_gb
