SELECT
    'a profile has no number of tenants an image may be shared with' AS problem,
    l.profile AS thing,
    asked.name AS detail
FROM (SELECT DISTINCT x.profile FROM rule_limit AS x) AS l
CROSS JOIN (VALUES ('share_tenants'), ('share_tenants_full_ecs')) AS asked (name)
ANTI JOIN rule_limit AS r ON l.profile = r.profile AND asked.name = r.name;
