-- Differences that no action explains, and states that a rule forbids, on the clouds that the sync read. Each row has
-- the action that repairs it. Actions reach only the cloud $acts_on, so rows of other clouds have no repair.
WITH live AS (
    SELECT
        m.image_id,
        m.tenant,
        row_number() OVER (PARTITION BY m.image_id ORDER BY m.shared_at, m.tenant) AS nth
    FROM image_member AS m
    WHERE m.removed_at IS NULL
),

most AS (
    SELECT
        max(l.value::BIGINT) FILTER (l.name = 'share_tenants') AS tenants,
        max(l.value::BIGINT) FILTER (l.name = 'share_tenants_full_ecs') AS tenants_full_ecs
    FROM rule_limit AS l
    WHERE l.profile = $profile AND l.name IN ('share_tenants', 'share_tenants_full_ecs')
),

forbidden AS (
    SELECT
        v.image_id,
        v.tenant,
        CASE
            WHEN i.published OR i.visibility = 'marketplace' THEN 'a published image is shared'
            WHEN i.visibility = 'public' THEN 'a public image is shared'
            WHEN i.encrypted THEN 'an encrypted image is shared'
            WHEN i.image_type = 'full_ecs' AND coalesce(i.backup_service, '') <> 'cbr'
                THEN 'a full-ECS image not made of a CBR backup is shared'
            WHEN v.nth > if(i.image_type = 'full_ecs', mo.tenants_full_ecs, mo.tenants)
                THEN 'an image is shared with more tenants than it may be'
        END AS problem,
        v.nth || '. share' AS detail,
        'unshare_image' AS repair
    FROM live AS v
    INNER JOIN image AS i ON v.image_id = i.image_id
    CROSS JOIN most AS mo
    WHERE
        i.deleted_at IS NULL
        AND i.cloud IN (
            SELECT y.cloud
            FROM inventory_sync AS y
            WHERE y.sync_id = $sync_id
        )
),

changed AS (
    SELECT
        c.image_id,
        c.tenant,
        CASE
            WHEN c.what = 'member-added' THEN 'shared by hand'
            WHEN c.what = 'member-removed' THEN 'share taken back by hand'
            WHEN c.what = 'image-appeared' THEN 'made by hand'
            WHEN c.what = 'image-vanished' THEN 'deleted by hand'
            ELSE c.field || ' changed by hand'
        END AS problem,
        CASE WHEN c.field IS NOT NULL THEN concat(c.was, ' → ', c.became) END AS detail,
        CASE
            WHEN c.what = 'member-added' THEN 'unshare_image'
            WHEN c.what = 'member-removed' THEN 'share_image'
            WHEN c.field = 'visibility' AND c.became = 'public' THEN 'deactivate_image'
            WHEN c.field = 'status' AND c.became = 'deactivated' THEN 'reactivate_image'
            WHEN c.field = 'status' AND c.was = 'deactivated' THEN 'deactivate_image'
            WHEN c.field = 'protected' THEN 'update_image'
        END AS repair
    FROM unexplained_change AS c
    WHERE
        c.sync_id = $sync_id
        AND c.what <> 'member-changed'
        AND (
            c.field IS NULL
            OR c.field IN ('visibility', 'owner', 'status', 'checksum', 'encrypted', 'published', 'protected', 'hidden')
        )
)

SELECT
    f.problem,
    i.region,
    f.image_id,
    i.name,
    i.owner,
    f.tenant,
    f.detail,
    CASE WHEN i.deleted_at IS NULL AND i.cloud = $acts_on THEN f.repair END AS repair
FROM (
    SELECT * FROM changed
    UNION ALL
    SELECT * FROM forbidden
    WHERE forbidden.problem IS NOT NULL
) AS f
INNER JOIN image AS i ON f.image_id = i.image_id
ORDER BY f.problem, i.region, i.owner, f.image_id, f.tenant
LIMIT $most
