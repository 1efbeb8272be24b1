-- inputs: ruled
SELECT
    sum(r.objects_now) AS objections,
    sum(r.newly) AS newly,
    sum(r.no_longer) AS no_longer
FROM ruled AS r
WHERE r.action = $action
