-- inputs: changed
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
