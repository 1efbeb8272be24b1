-- inputs: spoken
SELECT
    s.action,
    s.rule_id,
    s.change,
    s.thing_id,
    coalesce(i.name, v.name) AS name,
    coalesce(i.owner, v.owner) AS owner,
    coalesce(i.region, v.region) AS region,
    s.because,
    s.remedy
FROM spoken AS s
LEFT JOIN image AS i ON s.thing_id = i.image_id
LEFT JOIN server AS v ON s.thing_id = v.server_id
ORDER BY s.change, s.action, s.rule_id, s.place
