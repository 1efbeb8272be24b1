-- Append one row for each request. Its image is the one that the action creates, or the one that the request refers to.
-- inputs: denial, failure, line_image, request, verdict
INSERT INTO action_log BY NAME
SELECT
    uuidv7()::VARCHAR AS action_id,
    $batch_id AS batch_id,
    $flow_run_id AS flow_run_id,
    r.row AS line,
    r.seq,
    $action AS action,
    r.actor,
    r.region,
    CASE WHEN $creates_image AND v.objections = 0 THEN r.new_id ELSE m.image_id END AS image_id,
    r.tenant,
    r.request_json AS request,
    CASE WHEN v.objections = 0 THEN 'allowed' ELSE 'denied' END AS verdict,
    coalesce(denial.denied_by, []) AS denied_by,
    coalesce(denial.because, []) AS because,
    coalesce(denial.remedy, []) AS remedy,
    CASE WHEN v.objections <> 0 THEN NULL WHEN failure.row IS NULL THEN 'done' ELSE 'failed' END AS outcome,
    failure.error,
    r.happened_at AS requested_at,
    $now AS finished_at,
    $approved_by AS approved_by,
    $approval_reason AS approval_reason
FROM request AS r
INNER JOIN verdict AS v ON r.row = v.row
LEFT JOIN denial ON r.row = denial.row
LEFT JOIN failure ON r.row = failure.row
LEFT JOIN line_image AS m ON r.row = m.row
