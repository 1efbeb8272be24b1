-- What changes a server (the temporary table changed, a row a server as it is to be) ends its span of use; the next
-- begins where that ends.
UPDATE server_span
SET ended_at = greatest(server_span.started_at, changed.happened_at)
FROM changed
WHERE server_span.server_id = changed.server_id AND server_span.ended_at IS NULL;

INSERT INTO server_span BY NAME
SELECT
    c.server_id,
    c.image_id,
    c.flavor,
    c.state,
    greatest(c.happened_at, max(p.ended_at)) AS started_at
FROM changed AS c
INNER JOIN server_span AS p ON c.server_id = p.server_id
GROUP BY c.server_id, c.image_id, c.flavor, c.state, c.happened_at;

UPDATE server
SET
    image_id = changed.image_id,
    flavor = changed.flavor,
    state = changed.state,
    system_disk_gb = changed.system_disk_gb,
    blob = changed.blob,
    kms_key_id = changed.kms_key_id,
    updated_at = changed.happened_at
FROM changed
WHERE server.server_id = changed.server_id
