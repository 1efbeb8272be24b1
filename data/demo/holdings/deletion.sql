-- All that was thought out is written into the tables.
-- What is to be deleted is deleted after its last use.
-- inputs: disk, doomed, made, rig
-- creates: table deletion
WITH used AS (
    SELECT
        i.parent AS n,
        i.created AS at
    FROM made AS i
    WHERE i.source_kind = 'image'
    UNION ALL
    SELECT
        r.n,
        r.created AS at
    FROM rig AS r
    UNION ALL
    SELECT
        d.n,
        d.created AS at
    FROM disk AS d
),

last AS (
    SELECT
        u.n,
        max(u.at) AS at
    FROM used AS u
    SEMI JOIN doomed AS d ON u.n = d.n
    GROUP BY u.n
)

SELECT
    d.n,
    some_time(greatest(d.used_until, l.at) + 60, getvariable('until'), chance(d.n, 'when deleted')) AS deleted
FROM doomed AS d
LEFT JOIN last AS l ON d.n = l.n
WHERE greatest(d.used_until, l.at) + 120 < getvariable('until')
