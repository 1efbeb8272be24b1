-- What changes a server (the temporary table changed, a row a server as it is to be) ends its span of use; the next
-- begins where that ends.
-- inputs: changed
UPDATE server_span
SET ended_at = greatest(server_span.started_at, changed.happened_at)
FROM changed
WHERE server_span.server_id = changed.server_id AND server_span.ended_at IS NULL
