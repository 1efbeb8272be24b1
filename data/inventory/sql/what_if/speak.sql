-- inputs: chosen, denial
INSERT INTO spoken
WITH sentence AS (
    SELECT
        d.row,
        unnest(d.denied_by) AS rule_id,
        unnest(d.because) AS because,
        unnest(d.remedy) AS remedy
    FROM denial AS d
)

SELECT
    $action,
    c.rule_id,
    c.thing_id,
    $change,
    c.place,
    s.because,
    s.remedy
FROM chosen AS c
INNER JOIN sentence AS s ON c.row = s.row AND c.rule_id = s.rule_id
