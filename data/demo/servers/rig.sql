-- How long they lived, and on what: builders until after their last image, others for hours, weeks, months, or still.
-- inputs: machine, made
-- creates: table rig
WITH lasted AS (
    SELECT
        m.*,
        CASE
            WHEN m.wave < 9
                THEN
                    CASE
                        WHEN chance(m.m, 'stays') > 0.4 THEN m.last_used + 3600 + floor(1e6 * chance(m.m, 'stays for'))
                    END
            WHEN chance(m.m, 'stays') < 0.15 THEN m.created + 3600 + floor(82800 * chance(m.m, 'stays for'))
            WHEN chance(m.m, 'stays') < 0.45 THEN m.created + 86400 + floor(2500000 * chance(m.m, 'stays for'))
            WHEN chance(m.m, 'stays') < 0.70 THEN m.created + 2592000 + floor(1e7 * chance(m.m, 'stays for'))
        END::BIGINT AS ends,
        chance(m.m, 'pattern') AS x
    FROM machine AS m
)

SELECT
    l.m,
    l.server_id,
    l.name,
    l.owner,
    l.n,
    l.created,
    CASE WHEN l.ends < getvariable('until') THEN l.ends END AS gone,
    least(l.ends, getvariable('until')) - l.created AS life,
    CASE
        WHEN l.wave < 9 AND l.x < 0.6 THEN 5
        WHEN l.x < 0.6 THEN 0
        WHEN l.x < 0.78 THEN 1 WHEN l.x < 0.87 THEN 2 WHEN l.x < 0.95 THEN 3
        ELSE 4
    END AS pattern,
    zipf(CASE i.target WHEN 'bms' THEN 3 ELSE 12 END, chance(l.m, 'flavor')) AS size,
    i.target
FROM lasted AS l
INNER JOIN made AS i ON l.n = i.n
