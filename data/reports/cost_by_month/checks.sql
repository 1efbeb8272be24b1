SELECT
    'a flavor has two prices' AS problem,
    f.flavor AS thing,
    count(*)::VARCHAR AS detail
FROM flavor AS f
GROUP BY f.flavor
HAVING count(*) > 1;
