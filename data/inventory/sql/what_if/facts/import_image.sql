-- Every image that is not public, imported by its owner as it is, after those that were made before it. A full-ECS
-- image is made of a server or its backup, never of a file.
CREATE OR REPLACE TEMP TABLE later AS
WITH held AS (
    SELECT
        i.image_id,
        i.owner,
        i.region,
        i.name,
        i.created_at,
        hash(i.owner, i.region, i.name) AS called
    FROM image AS i
    WHERE i.created_at <= getvariable('as_of') AND (i.deleted_at IS NULL OR i.deleted_at > getvariable('as_of'))
),

-- Only names that may be there twice are put in order.
twice AS (
    SELECT h.called
    FROM held AS h
    GROUP BY h.called
    HAVING count(*) > 1
)

SELECT h.image_id
FROM held AS h
SEMI JOIN twice AS t ON h.called = t.called
QUALIFY row_number() OVER (PARTITION BY h.owner, h.region, h.name ORDER BY h.created_at, h.image_id) > 1;

CREATE OR REPLACE TEMP VIEW fact AS
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
    i.created_at <= getvariable('as_of') AND (i.deleted_at IS NULL OR i.deleted_at > getvariable('as_of'))
    AND i.visibility <> 'public' AND i.image_type <> 'full_ecs'
    AND (getvariable('region') IS NULL OR i.region = getvariable('region'))
    AND (getvariable('tenant') IS NULL OR i.owner = getvariable('tenant'));
