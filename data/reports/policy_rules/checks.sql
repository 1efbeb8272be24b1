SELECT
    'a rule is recorded twice for one action' AS problem,
    r.rule_id AS thing,
    r.action AS detail
FROM rule AS r
GROUP BY r.rule_id, r.action
HAVING count(*) > 1;
