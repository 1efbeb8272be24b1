SELECT
    'a flavor is listed twice' AS problem,
    f.flavor AS thing,
    count(*)::VARCHAR AS detail
FROM flavor AS f
GROUP BY f.flavor, f.cloud
HAVING count(*) > 1;

SELECT
    'a flavor has two prices at one time' AS problem,
    p.flavor AS thing,
    p.valid_from::VARCHAR AS detail
FROM flavor_price AS p
QUALIFY
    p.valid_from < lag(coalesce(p.valid_to, 'infinity')) OVER (PARTITION BY p.flavor, p.cloud ORDER BY p.valid_from);
