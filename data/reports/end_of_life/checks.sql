SELECT
    'a version of a system is listed twice' AS problem,
    e.distribution || ' ' || e.version AS thing,
    count(*)::VARCHAR AS detail
FROM os_end_of_life AS e
GROUP BY e.distribution, e.version
HAVING count(*) > 1;

SELECT
    'support that is paid for ends before that for all' AS problem,
    e.distribution || ' ' || e.version AS thing,
    e.paid_support_ends_on::VARCHAR AS detail
FROM os_end_of_life AS e
WHERE e.paid_support_ends_on < e.ends_on;
