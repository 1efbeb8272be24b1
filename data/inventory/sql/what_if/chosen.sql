-- The denials to put into words: for each rule the first $top by image name, or all if $top is NULL.
-- inputs: bit, fact, verdict_now, verdict_then
-- creates: table chosen
WITH objection AS (
    SELECT
        n.row,
        CASE $change
            WHEN 'newly' THEN t.objections & ~n.objections
            WHEN 'no longer' THEN n.objections & ~t.objections
            ELSE n.objections
        END AS objections
    FROM verdict_now AS n
    INNER JOIN verdict_then AS t ON n.row = t.row
)

SELECT
    o.row,
    b.rule_id,
    b.bit,
    f.thing_id,
    row_number() OVER (PARTITION BY b.rule_id ORDER BY f.image_name, f.thing_id) AS place
FROM objection AS o
INNER JOIN bit AS b ON o.objections & b.bit <> 0
INNER JOIN fact AS f ON o.row = f.row
QUALIFY $top IS NULL OR place <= $top
