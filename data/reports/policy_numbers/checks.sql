SELECT
    'a profile has a number twice' AS problem,
    l.name AS thing,
    l.profile AS detail
FROM rule_limit AS l
GROUP BY l.profile, l.name
HAVING count(*) > 1;
