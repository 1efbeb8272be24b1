-- inputs: deletion, doomed, made, rig, sale, stretch_of, tenant
-- creates: table event
WITH made_then AS (
    SELECT
        i.created AS at,
        i.owner AS actor,
        CASE i.source_kind
            WHEN 'file' THEN 'import_image'
            WHEN 'image' THEN 'copy_image'
            WHEN 'server' THEN 'capture_server'
            WHEN 'volume' THEN 'capture_volume'
            ELSE 'capture_backup'
        END AS action,
        i.region,
        i.image_id,
        NULL::VARCHAR AS tenant,
        CASE i.source_kind
            WHEN 'file'
                THEN json_object(
                    'name', i.name, 'file', i.source_id, 'image_type', i.image_type,
                    'os', CASE
                        WHEN i.os_type IS NOT NULL
                            THEN
                                json_object(
                                    'type', i.os_type, 'distribution', i.os_distribution, 'version', i.os_version
                                )
                    END,
                    'min_disk_gb', i.min_disk_gb, 'min_ram_mb', i.min_ram_mb, 'target', i.target,
                    'architecture', i.architecture, 'encrypted', i.kms_key_id IS NOT NULL, 'kms_key', i.kms_key_id
                )
            WHEN 'image'
                THEN json_object(
                    'image', i.source_id, 'to_region', region_name(i.region), 'name', i.name,
                    'kms_key', i.kms_key_id
                )
            WHEN 'server'
                THEN json_object(
                    'server', i.source_id, 'name', i.name, 'image_type', i.image_type,
                    'backup_service', i.backup_service
                )
            WHEN 'volume' THEN json_object('volume', i.source_id, 'name', i.name, 'image_type', i.image_type)
            ELSE json_object('backup', i.source_id, 'name', i.name)
        END AS request
    FROM made AS i
    WHERE i.owner >= 0 AND i.created >= getvariable('lately')
    ORDER BY chance(i.n, 'logged'), i.n
    LIMIT getvariable('actions') * 24 // 100
),

shared_then AS (
    SELECT
        epoch(m.shared_at)::BIGINT AS at,
        'share_image' AS action,
        m.image_id,
        m.tenant
    FROM image_member AS m
    WHERE m.shared_at >= moment(getvariable('lately'))
    -- those that were asked at once come together
    ORDER BY chance(hash(m.image_id, m.shared_at), 'logged'), m.image_id, m.tenant
    LIMIT getvariable('actions') * 35 // 100
),

answered_then AS (
    SELECT
        epoch(coalesce(m.accepted_at, m.rejected_at))::BIGINT AS at,
        CASE WHEN m.accepted_at IS NULL THEN 'reject_share' ELSE 'accept_share' END AS action,
        m.image_id,
        m.tenant
    FROM image_member AS m
    WHERE coalesce(m.accepted_at, m.rejected_at) >= moment(getvariable('lately'))
    ORDER BY chance(hash(m.image_id, m.tenant), 'logged'), m.image_id, m.tenant
    LIMIT getvariable('actions') * 8 // 100
),

launched_then AS (
    SELECT
        r.created AS at,
        r.owner AS actor,
        'launch_server' AS action,
        i.region,
        i.image_id,
        json_object('image', i.image_id, 'name', r.name, 'flavor', s.flavor, 'count', 1) AS request
    FROM rig AS r
    INNER JOIN stretch_of AS s ON r.m = s.m AND r.created = s.since
    INNER JOIN made AS i ON r.n = i.n
    WHERE r.created >= getvariable('lately')
    ORDER BY chance(r.m, 'logged'), r.m
    LIMIT getvariable('actions') * 10 // 100
),

ended_then AS (
    SELECT
        r.gone AS at,
        r.owner AS actor,
        'terminate_server' AS action,
        i.region,
        i.image_id,
        json_object('server', r.server_id) AS request
    FROM rig AS r
    INNER JOIN made AS i ON r.n = i.n
    WHERE r.gone >= getvariable('lately')
    ORDER BY chance(r.m, 'end logged'), r.m
    LIMIT getvariable('actions') * 3 // 100
),

deleted_then AS (
    SELECT
        d.deleted AS at,
        i.owner AS actor,
        'delete_image' AS action,
        i.region,
        i.image_id,
        json_object('image', i.image_id) AS request
    FROM deletion AS d
    INNER JOIN made AS i ON d.n = i.n
    WHERE d.deleted >= getvariable('lately')
    ORDER BY chance(d.n, 'logged'), d.n
    LIMIT getvariable('actions') * 4 // 100
),

-- What stems from an image that is or was on sale does not leave the cloud, but for its seller.
exported AS (
    SELECT
        some_time(i.created, getvariable('until'), 0.2 + 0.8 * chance(i.n, 'when exported')) AS at,
        i.owner AS actor,
        'export_image' AS action,
        i.region,
        i.image_id,
        json_object('image', i.image_id, 'file', concat('exports/', i.name, '-', i.n, '.', i.disk_format)) AS request
    FROM made AS i
    ANTI JOIN sale AS s ON i.origin_image_id = s.image_id
    ANTI JOIN doomed AS d ON i.n = d.n
    WHERE i.owner >= 0 AND i.image_type IN ('system_disk', 'data_disk') AND chance(i.n, 'deactivated') >= 0.012
    ORDER BY chance(i.n, 'exported'), i.n
    LIMIT getvariable('actions') * 6 // 100
)

FROM made_then
UNION ALL BY NAME
FROM launched_then
UNION ALL BY NAME
FROM ended_then
UNION ALL BY NAME
FROM deleted_then
UNION ALL BY NAME
FROM exported
UNION ALL BY NAME
SELECT
    s.at,
    i.owner AS actor,
    s.action,
    i.region,
    s.image_id,
    s.tenant,
    json_object('image', s.image_id) AS request
FROM shared_then AS s
INNER JOIN made AS i ON s.image_id = i.image_id
UNION ALL BY NAME
SELECT
    a.at,
    t.owner AS actor,
    a.action,
    i.region,
    a.image_id,
    json_object('image', a.image_id) AS request
FROM answered_then AS a
INNER JOIN made AS i ON a.image_id = i.image_id
INNER JOIN tenant AS t ON a.tenant = t.name
