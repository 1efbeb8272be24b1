-- The recorded approval of a batch.
SELECT
    l.approved_by,
    l.approval_reason
FROM action_log AS l
WHERE l.batch_id = $batch_id AND l.approved_by IS NOT NULL AND NOT list_contains(l.denied_by, 'approval.refused')
ORDER BY l.line
LIMIT 1
