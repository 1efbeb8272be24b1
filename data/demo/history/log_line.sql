-- The log: each tenant's day is a batch, whose actions say when they were.
-- inputs: event, refusal
-- creates: table log_line
WITH every AS (
    FROM event
    UNION ALL BY NAME
    FROM refusal
),

batched AS (
    SELECT
        e.*,
        e.at // 86400 AS day,
        row_number() OVER (
            PARTITION BY e.actor, e.at // 86400 ORDER BY e.at, e.action, e.image_id, e.tenant, e.request
        ) AS line,
        dense_rank() OVER (PARTITION BY e.actor, e.at // 86400 ORDER BY e.at, e.action, e.image_id) AS seq,
        max(e.at) OVER (PARTITION BY e.actor, e.at // 86400) AS begun
    FROM every AS e
)

SELECT
    b.*,
    md5(concat('demo ', b.actor, ' ', b.day)) AS batch_id,
    least(b.begun + 1 + b.line // 200, getvariable('until')) AS finished
FROM batched AS b
