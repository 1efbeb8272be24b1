-- inputs: changed
UPDATE server
SET
    state = changed.state,
    updated_at = changed.happened_at,
    deleted_at = greatest(server.created_at, changed.happened_at)
FROM changed
WHERE server.server_id = changed.server_id
