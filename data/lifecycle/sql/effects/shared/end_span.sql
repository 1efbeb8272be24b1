-- A change of a server ends its usage interval; the next interval begins at the same time. The temporary table changed
-- has one row for each server, with its state after the change.
-- inputs: changed
UPDATE server_span
SET ended_at = greatest(server_span.started_at, changed.happened_at)
FROM changed
WHERE server_span.server_id = changed.server_id AND server_span.ended_at IS NULL
