-- Every image that is not public, as if its owner imported it after all images that were created before it. Full-ECS
-- images are left out: they come from a server or its backup, never from a file.
-- inputs: later
-- creates: view fact
SELECT
    i.rowid AS row,
    i.image_id AS thing_id,
    i.owner AS actor,
    i.region,
    i.name,
    i.name AS image_name,
    i.name AS file,
    TRUE AS file_found,
    'folder' AS file_at,
    i.disk_format AS file_format,
    NULL::VARCHAR AS file_unsafe,
    coalesce(i.virtual_size_bytes, 0) AS virtual_size_bytes,
    NULL::VARCHAR AS said_format,
    i.image_type,
    i.target,
    i.min_disk_gb,
    i.encrypted,
    l.image_id IS NOT NULL AS name_taken
FROM image AS i
LEFT JOIN later AS l ON i.image_id = l.image_id
WHERE
    existed_at(i.created_at, i.deleted_at, getvariable('as_of'))
    AND i.visibility <> 'public' AND i.image_type <> 'full_ecs'
    AND (getvariable('region') IS NULL OR i.region = getvariable('region'))
    AND (getvariable('tenant') IS NULL OR i.owner = getvariable('tenant'))
