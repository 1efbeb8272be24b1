-- One row: a request for an image with all the rules that deny it; also requests for images that do not exist.
-- A lambda and its parameter are in small letters and belong to no table (CP01, RF02, RF03); action, region and rule
-- are terms of the field (RF04); not each part of a UNION BY NAME has all columns (AM07); columns stand in the order
-- of their meaning (ST06).
-- sqlfluff:exclude_rules:AM07,CP01,RF02,RF03,RF04,ST06
-- inputs: doomed, made, sale, share, tenant
-- creates: table refusal
WITH tried AS (
    SELECT
        i.n,
        i.image_id,
        i.name,
        i.owner,
        i.region,
        i.image_type,
        i.kms_key_id IS NOT NULL AS encrypted,
        i.backup_service,
        i.protected,
        i.created,
        i.sold_at IS NOT NULL AND s.withdrawn_at IS NULL AS published,
        origin.owner AS seller,
        chance(i.n, 'deactivated') < 0.012 AND i.fate IN ('private', 'adopted') AS deactivated,
        coalesce(h.guests, 0) AS guests,
        one_of([
            'share_image', 'share_image', 'share_image', 'launch_server', 'launch_server', 'copy_image', 'export_image',
            'delete_image'
        ], chance(i.n, 'refused')) AS action,
        CASE
            WHEN chance(i.n, 'elsewhere') < 0.4 THEN (i.region + 1 + region_at(chance(i.n, 'where')) % 4) % 5
            ELSE i.region
        END AS asked_region
    FROM made AS i
    LEFT JOIN sale AS s ON i.n = s.n
    LEFT JOIN sale AS origin ON i.origin_image_id = origin.image_id
    LEFT JOIN share AS h ON i.n = h.n
    ANTI JOIN doomed AS d ON i.n = d.n
    WHERE i.owner >= 0 AND i.created < getvariable('until') - 86400
),

judged AS (
    SELECT
        t.*,
        list_filter([
            CASE WHEN t.deactivated AND t.action <> 'delete_image' THEN 'image.not-active' END,
            CASE t.action
                WHEN 'share_image' THEN CASE WHEN t.published THEN 'share.published' END
                WHEN 'launch_server' THEN CASE WHEN t.image_type = 'data_disk' THEN 'launch.not-bootable' END
                WHEN 'copy_image' THEN CASE WHEN t.image_type = 'full_ecs' THEN 'copy.full-ecs' END
                WHEN 'export_image'
                    THEN CASE WHEN t.image_type = 'full_ecs' OR t.backup_service IS NOT NULL THEN 'export.full-ecs' END
                WHEN 'delete_image' THEN CASE WHEN t.protected THEN 'delete.protected' END
            END,
            CASE t.action
                WHEN 'share_image' THEN CASE WHEN t.asked_region <> t.region THEN 'share.other-region' END
                WHEN 'launch_server' THEN CASE WHEN t.asked_region <> t.region THEN 'launch.other-region' END
                WHEN 'copy_image' THEN CASE WHEN t.image_type = 'iso' THEN 'copy.iso' END
                WHEN 'export_image' THEN CASE WHEN t.image_type = 'iso' THEN 'export.iso' END
                WHEN 'delete_image' THEN CASE WHEN t.published THEN 'delete.published' END
            END,
            CASE t.action
                WHEN 'share_image' THEN CASE WHEN t.encrypted THEN 'share.encrypted' END
                WHEN 'copy_image'
                    THEN CASE WHEN t.encrypted AND t.asked_region <> t.region THEN 'copy.encrypted-other-region' END
                WHEN 'export_image' THEN CASE WHEN t.seller <> t.owner THEN 'export.from-marketplace' END
            END,
            CASE
                WHEN t.action = 'share_image' AND t.image_type = 'full_ecs' AND t.backup_service = 'csbs'
                    THEN 'share.full-ecs-not-cbr'
            END,
            CASE WHEN t.action = 'share_image' AND t.guests = 128 THEN 'share.tenant-limit' END
        ], lambda rule: rule IS NOT NULL) AS rules
    FROM tried AS t
),

-- the wrong region is the usual mistake, but not nearly all of them
chosen AS (
    SELECT
        j.*,
        CASE WHEN j.action = 'share_image' THEN zipf(getvariable('tenants'), chance(j.n, 'refused to')) END AS guest
    FROM judged AS j
    WHERE len(j.rules) > 0
    ORDER BY
        chance(j.n, 'refusal') * CASE
            WHEN j.rules[1] IN ('share.other-region', 'launch.other-region') THEN 8
            WHEN j.rules[1] IN ('share.tenant-limit', 'share.published', 'share.full-ecs-not-cbr') THEN 0.5
            ELSE 1
        END,
        j.n
    LIMIT getvariable('actions') * 9 // 100
),

told AS (
    SELECT
        c.*,
        t.name AS owner_name,
        g.name AS tenant
    FROM chosen AS c
    INNER JOIN tenant AS t ON c.owner = t.owner
    LEFT JOIN tenant AS g ON c.guest = g.owner
    ANTI JOIN image_member AS m ON c.image_id = m.image_id AND g.name = m.tenant
    WHERE c.guest IS DISTINCT FROM c.owner
),

apart AS (
    SELECT
        t.*,
        unnest(t.rules) AS rule_id,
        generate_subscripts(t.rules, 1) AS nth
    FROM told AS t
),

worded AS (
    SELECT
        a.n,
        a.nth,
        a.rule_id,
        list_transform(
            [r.because, r.remedy],
            lambda sentence: said_of(
                sentence, a.name, coalesce(a.tenant, ''), region_name(a.region), region_name(a.asked_region),
                a.guests::VARCHAR, a.image_type, coalesce(a.backup_service, ''), coalesce(p.name, '')
            )
        ) AS words
    FROM apart AS a
    INNER JOIN rule AS r ON a.rule_id = r.rule_id AND a.action = r.action
    LEFT JOIN tenant AS p ON a.seller = p.owner
),

said AS (
    SELECT
        w.n,
        list(w.rule_id ORDER BY w.nth) AS denied_by,
        list(w.words[1] ORDER BY w.nth) AS because,
        list(w.words[2] ORDER BY w.nth) AS remedy
    FROM worded AS w
    GROUP BY w.n
),

unheard_of AS (
    SELECT
        j.n AS j,
        zipf(getvariable('tenants'), chance(j.n, 'whose guess')) AS owner,
        concat(one_of(['ubuntu-lts', 'web-latest', 'golden', 'centos7', 'db'], chance(j.n, 'guess')), '-old-', j.n % 7)
            AS image,
        some_time(getvariable('lately'), getvariable('until'), chance(j.n, 'when guessed')) AS at
    FROM range(getvariable('actions') // 100) AS j (n)
)

-- asked when all the shares of the image were there
SELECT
    some_time(
        greatest(t.created + (getvariable('until') - t.created) * 9 // 10, getvariable('lately')),
        getvariable('until'),
        chance(t.n, 'when refused')
    ) AS at,
    t.owner AS actor,
    t.action,
    t.asked_region AS region,
    t.image_id,
    t.tenant,
    CASE t.action
        WHEN 'launch_server' THEN json_object('image', t.image_id, 'name', 'srv-1', 'flavor', 's3.large.2', 'count', 1)
        WHEN 'copy_image' THEN json_object('image', t.image_id, 'to_region', region_name(t.asked_region))
        WHEN 'export_image' THEN json_object('image', t.image_id, 'file', concat('exports/', t.name, '.img'))
        ELSE json_object('image', t.image_id)
    END AS request,
    s.denied_by,
    s.because,
    s.remedy
FROM told AS t
INNER JOIN said AS s ON t.n = s.n
UNION ALL BY NAME
SELECT
    u.at,
    t.owner AS actor,
    r.action,
    region_at(chance(u.j, 'where')) AS region,
    json_object('image', u.image, 'name', 'srv-1', 'flavor', 's3.large.2', 'count', 1) AS request,
    [r.rule_id] AS denied_by,
    [replace(replace(r.because, '{image}', u.image), '{actor}', t.name)] AS because,
    [replace(replace(r.remedy, '{image}', u.image), '{actor}', t.name)] AS remedy
FROM unheard_of AS u
INNER JOIN tenant AS t ON u.owner = t.owner
INNER JOIN rule AS r ON r.rule_id = 'image.unknown' AND r.action = 'launch_server'
