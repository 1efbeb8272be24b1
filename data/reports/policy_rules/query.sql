-- inputs: ruled
SELECT
    r.action,
    r.rule_id,
    r.source,
    r.things,
    r.allowed_now,
    r.allowed_then,
    r.objects_now,
    r.objects_then,
    r.newly,
    r.no_longer
FROM ruled AS r
ORDER BY r.newly + r.no_longer DESC, r.objects_then DESC, r.action, r.rule_id
