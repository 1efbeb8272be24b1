-- inputs: log_line, tenant
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
