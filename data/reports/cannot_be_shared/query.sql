WITH said AS (
    SELECT
        max(CASE WHEN l.name = 'share_tenants' THEN l.value END)::BIGINT AS share_tenants,
        max(CASE WHEN l.name = 'share_tenants_full_ecs' THEN l.value END)::BIGINT AS share_tenants_full_ecs,
        max(CASE WHEN l.name = 'share_encrypted' THEN l.value END)::BOOLEAN AS share_encrypted,
        max(CASE WHEN l.name = 'share_full_ecs' THEN l.value END)::BOOLEAN AS share_full_ecs
    FROM rule_limit AS l
    WHERE l.profile = $profile
),

asked AS (
    SELECT
        r.rule_id,
        r.because,
        r.remedy,
        r.source
    FROM rule AS r
    WHERE
        r.action = 'share_image' AND r.rule_id IN (
            'image.not-active', 'share.not-private', 'share.published', 'share.encrypted', 'share.full-ecs-not-cbr',
            'share.tenant-limit'
        )
),

-- As the policy of sharing says it, for every image at once. What is not known objects.
objection AS (
    SELECT
        i.image_id,
        i.name,
        i.owner,
        i.region,
        i.image_type,
        i.status,
        i.visibility,
        i.members,
        i.backup_service,
        r.rule_id
    FROM image_at($as_of) AS i
    CROSS JOIN said AS s
    CROSS JOIN asked AS r
    WHERE
        ($region IS NULL OR i.region = $region)
        AND ($tenant IS NULL OR i.owner = $tenant)
        AND CASE r.rule_id
            WHEN 'image.not-active' THEN i.status <> 'active'
            WHEN 'share.not-private' THEN i.visibility NOT IN ('private', 'marketplace')
            WHEN 'share.published' THEN i.published
            WHEN 'share.encrypted' THEN i.encrypted AND NOT s.share_encrypted
            WHEN 'share.full-ecs-not-cbr'
                THEN
                    i.image_type = 'full_ecs'
                    AND NOT (s.share_full_ecs AND i.backup_service IS NOT DISTINCT FROM 'cbr')
            WHEN 'share.tenant-limit'
                THEN
                    i.members
                    >= CASE WHEN i.image_type = 'full_ecs' THEN s.share_tenants_full_ecs ELSE s.share_tenants END
        END IS NOT FALSE
),

placed AS (
    SELECT
        o.*,
        count(*) OVER (PARTITION BY o.rule_id) AS images,
        row_number() OVER (PARTITION BY o.rule_id ORDER BY o.name, o.image_id) AS place
    FROM objection AS o
)

SELECT
    a.rule_id,
    coalesce(p.images, 0) AS images,
    p.image_id,
    p.name,
    p.owner,
    p.region,
    p.image_type,
    replace(
        replace(
            replace(
                replace(
                    replace(
                        a.because, '{image_name}', p.name
                    ), '{visibility}', p.visibility
                ), '{status}', p.status
            ), '{member_count}', p.members::VARCHAR
        ), '{backup_service}', coalesce(p.backup_service, 'unknown')
    ) AS because,
    a.remedy,
    a.source
FROM asked AS a
LEFT JOIN placed AS p ON a.rule_id = p.rule_id AND ($top IS NULL OR p.place <= $top)
ORDER BY images DESC, a.rule_id, p.place
