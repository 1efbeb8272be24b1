-- Count images or servers with the same denials together before the join with the rules: a million rows have only a few
-- different combinations of denials.
-- inputs: bit, verdict_now, verdict_then
INSERT INTO ruled BY NAME
WITH pair AS (
    SELECT
        n.objections AS before,
        t.objections AS after,
        count(*) AS things
    FROM verdict_now AS n
    INNER JOIN verdict_then AS t ON n.row = t.row
    GROUP BY n.objections, t.objections
)

SELECT
    $action AS action,
    b.rule_id,
    b.source,
    coalesce(sum(p.things), 0)::BIGINT AS things,
    coalesce(sum(p.things) FILTER (WHERE p.before = 0), 0)::BIGINT AS allowed_now,
    coalesce(sum(p.things) FILTER (WHERE p.after = 0), 0)::BIGINT AS allowed_then,
    coalesce(sum(p.things) FILTER (WHERE p.before & b.bit <> 0), 0)::BIGINT AS objects_now,
    coalesce(sum(p.things) FILTER (WHERE p.after & b.bit <> 0), 0)::BIGINT AS objects_then,
    coalesce(sum(p.things) FILTER (WHERE p.before & b.bit = 0 AND p.after & b.bit <> 0), 0)::BIGINT AS newly,
    coalesce(sum(p.things) FILTER (WHERE p.before & b.bit <> 0 AND p.after & b.bit = 0), 0)::BIGINT AS no_longer
FROM bit AS b
LEFT JOIN pair AS p ON TRUE
GROUP BY b.rule_id, b.source
