-- The log: each tenant's day is a batch, whose actions say when they were.
CREATE OR REPLACE TEMP TABLE log_line AS
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
FROM batched AS b;

INSERT INTO batch BY NAME
SELECT
    l.batch_id,
    'demo-data' AS source,
    'seed' AS profile,
    count(*) AS requests,
    moment(max(l.begun)) AS begun_at
FROM log_line AS l
GROUP BY l.batch_id;

INSERT INTO action_log BY NAME
SELECT
    made_id(l.batch_id, moment(l.finished), l.line, 1) AS action_id,
    l.batch_id,
    l.line,
    l.seq,
    l.action,
    t.name AS actor,
    region_name(l.region) AS region,
    l.image_id,
    l.tenant,
    json_merge_patch('{}', l.request)::VARCHAR AS request,
    CASE WHEN l.denied_by IS NULL THEN 'allowed' ELSE 'denied' END AS verdict,
    coalesce(l.denied_by, []) AS denied_by,
    coalesce(l.because, []) AS because,
    coalesce(l.remedy, []) AS remedy,
    CASE
        WHEN l.denied_by IS NOT NULL THEN NULL
        WHEN l.action = 'export_image' AND chance(l.image_id, 'export fails') < 0.03 THEN 'failed'
        ELSE 'done'
    END AS outcome,
    CASE
        WHEN l.denied_by IS NULL AND l.action = 'export_image' AND chance(l.image_id, 'export fails') < 0.03
            THEN 'the file cannot be written: no space left on device'
    END AS error,
    moment(l.at) AS requested_at,
    moment(l.finished) AS finished_at
FROM log_line AS l
INNER JOIN tenant AS t ON l.actor = t.owner
