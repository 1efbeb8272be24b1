-- Every server, as if its owner captured its system disk in the present state, under a free name.
-- creates: view fact
SELECT
    s.rowid AS row,
    s.server_id AS thing_id,
    s.owner AS actor,
    s.region,
    s.name AS server,
    s.state AS server_state,
    s.target AS server_target,
    s.name || ' (image)' AS name,
    s.name AS image_name,
    'system_disk' AS wanted_type,
    i.image_type AS server_image_type,
    1 AS server_matches,
    NULL::BIGINT AS volume_matches,
    FALSE AS name_taken
FROM server AS s
LEFT JOIN image AS i ON s.image_id = i.image_id
WHERE
    existed_at(s.created_at, s.deleted_at, getvariable('as_of'))
    AND (getvariable('region') IS NULL OR s.region = getvariable('region'))
    AND (getvariable('tenant') IS NULL OR s.owner = getvariable('tenant'))
