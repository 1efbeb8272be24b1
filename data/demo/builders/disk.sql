-- inputs: made
INSERT INTO disk BY NAME
WITH chosen AS (
    SELECT
        i.n,
        i.owner,
        i.min_disk_gb,
        i.created + 600 + floor(600000 * chance(i.n, 'disk since'))::BIGINT AS since
    FROM made AS i
    WHERE
        getvariable('wave') = 1 AND i.image_type = 'data_disk'
        AND chance(i.n, 'disk') < 0.12
)

SELECT
    c.n AS d,
    made_id('demo volume', moment(c.since), c.n, 1) AS volume_id,
    c.owner,
    c.n,
    c.min_disk_gb + one_of([0, 0, 10, 50, 100], chance(c.n, 'disk size')) AS size_gb,
    c.since AS created
FROM chosen AS c
WHERE c.since < getvariable('until') - 90000
