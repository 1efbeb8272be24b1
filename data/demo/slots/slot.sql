-- inputs: clock_hour, os, public_slot
-- creates: table slot
WITH sold AS (
    SELECT t.n
    FROM range(getvariable('privates') * 4 // 5) AS t (n)
    -- there has long been something on sale
    ORDER BY chance(t.n, 'sold') * (0.1 + t.n / getvariable('privates')), t.n
    LIMIT getvariable('offers')
),

adopted AS (
    SELECT t.n
    FROM range(getvariable('privates')) AS t (n)
    ANTI JOIN sold AS s ON t.n = s.n
    ORDER BY chance(t.n, 'adopted'), t.n
    LIMIT getvariable('adoptions')
),

placed AS (
    SELECT
        t.n,
        CASE WHEN sold.n IS NOT NULL THEN 'sold' WHEN adopted.n IS NOT NULL THEN 'adopted' ELSE 'private' END AS fate,
        floor((t.n + chance(t.n, 'moment')) * w.total / getvariable('privates'))::BIGINT AS place
    FROM range(getvariable('privates')) AS t (n)
    CROSS JOIN (SELECT sum(weight)::BIGINT AS total FROM clock_hour) AS w
    LEFT JOIN sold ON t.n = sold.n
    LEFT JOIN adopted ON t.n = adopted.n
),

-- What many tenants import the same file of has that file's content; what is on sale is its publisher's own.
filed AS (
    SELECT
        p.n,
        p.fate,
        some_time(h.begins, h.ends, (p.place - h.weight_before) / h.weight) AS created,
        CASE
            WHEN p.fate <> 'sold' AND chance(p.n, 'file') < 0.12
                THEN -1 - zipf(greatest(5, getvariable('privates') // 200), chance(p.n, 'which file'))
            ELSE p.n
        END AS content
    FROM placed AS p
    ASOF INNER JOIN clock_hour AS h ON p.place >= h.weight_before
    UNION ALL
    SELECT
        -1 - p.nth AS n,
        'public' AS fate,
        p.created,
        -1000000000 - p.nth AS content
    FROM public_slot AS p
),

described AS (
    SELECT
        f.*,
        CASE
            WHEN f.fate IN ('sold', 'public') OR chance(f.content, 'type') < 0.87 THEN 'system_disk'
            WHEN chance(f.content, 'type') < 0.975 THEN 'data_disk'
            ELSE 'iso'
        END AS image_type,
        CASE
            WHEN f.fate IN ('sold', 'public') THEN 0
            WHEN chance(f.n, 'wave') < 0.42 THEN 0
            WHEN chance(f.n, 'wave') < 0.66 THEN 1
            WHEN chance(f.n, 'wave') < 0.82 THEN 2
            WHEN chance(f.n, 'wave') < 0.93 THEN 3
            ELSE 4
        END AS wave,
        coalesce(p.os, zipf(20, chance(f.content, 'system'))) AS os,
        coalesce(p.region, region_at(chance(f.n, 'region'))) AS region,
        p.superseded,
        p.release
    FROM filed AS f
    LEFT JOIN public_slot AS p ON f.n = -1 - p.nth
),

-- Sizes: halves and doubles of a few GiB, seldom at the ends of 0.3 to 80 GiB.
measured AS (
    SELECT
        d.*,
        o.distribution,
        o.version,
        o.os_type,
        (
            chance(d.content, 'size 1') + chance(d.content, 'size 2')
            + chance(d.content, 'size 3') + chance(d.content, 'size 4')
        ) / 4 AS size
    FROM described AS d
    INNER JOIN os AS o ON d.os = o.os
),

formatted AS (
    SELECT
        m.*,
        CASE
            WHEN m.image_type = 'iso' THEN 'iso'
            WHEN m.fate = 'public' THEN 'qcow2'
            WHEN m.image_type = 'data_disk' THEN one_of(['raw', 'qcow2', 'qcow2', 'vmdk'], chance(m.content, 'format'))
            WHEN m.os_type = 'windows'
                THEN one_of(['vhd', 'vhdx', 'vhd', 'qcow2', 'qcow2', 'vmdk'], chance(m.content, 'format'))
            ELSE one_of(['qcow2', 'qcow2', 'qcow2', 'qcow2', 'raw', 'vmdk'], chance(m.content, 'format'))
        END AS disk_format,
        CASE
            WHEN m.fate = 'public' THEN CASE m.os_type WHEN 'windows' THEN 2 + 2.5 * m.size ELSE -1.7 + 3.5 * m.size END
            WHEN m.image_type = 'iso' THEN -1.7 + 4.3 * m.size
            WHEN m.image_type = 'system_disk' AND m.os_type = 'windows' THEN 1.2 + 5.1 * m.size
            ELSE -1.7 + 8 * m.size
        END AS doublings,
        CASE
            WHEN m.image_type = 'data_disk'
                THEN one_of(['data', 'maps', 'corpus', 'dataset', 'fixtures', 'archive'], chance(m.content, 'role'))
            ELSE one_of([
                'web', 'db', 'app', 'api', 'cache', 'queue', 'batch', 'build', 'mail', 'proxy', 'gateway', 'k8s-node',
                'worker', 'search', 'monitoring', 'vpn', 'bastion', 'ci-runner', 'erp', 'shop', 'intranet', 'billing',
                'desktop', 'etl', 'ml', 'dns', 'ldap', 'files', 'test', 'crm'
            ], pow(chance(m.content, 'role'), 1.5))
        END AS role
    FROM measured AS m
),

sized AS (
    SELECT
        f.*,
        floor(pow(2, f.doublings) * 16384)::BIGINT * 65536 AS size_bytes,
        CASE
            WHEN f.image_type = 'iso' THEN 10
            WHEN f.image_type = 'system_disk' AND f.os_type = 'windows'
                THEN 10 * ceil(4 + pow(2, f.doublings) / 10)::INTEGER
            WHEN f.disk_format = 'raw' THEN ceil(pow(2, f.doublings))::INTEGER
            ELSE 10 * ceil(pow(2, f.doublings) * 1.4 / 10)::INTEGER
        END AS min_disk_gb
    FROM formatted AS f
)

SELECT
    s.n,
    s.fate,
    s.wave,
    s.created,
    made_id('demo image', moment(s.created), s.n, 1) AS image_id,
    CASE s.fate
        WHEN 'public' THEN -1
        WHEN 'sold' THEN publisher_at(chance(s.n, 'owner'))
        ELSE zipf(getvariable('tenants'), chance(s.n, 'owner'))
    END AS owner,
    s.region,
    s.role,
    CASE
        WHEN s.fate = 'public'
            THEN
                concat(s.distribution, '-', s.version)
                || CASE WHEN s.release > 0 THEN strftime(make_timestamp(s.created * 1000000), '-%Y%m%d') ELSE '' END
        WHEN s.image_type = 'iso' THEN concat(s.distribution, '-', s.version, '-installer')
        ELSE name_of(s.role, s.n, s.created)
    END AS name,
    s.image_type,
    CASE
        WHEN s.fate <> 'public' AND s.image_type = 'system_disk' AND chance(s.content, 'target') < 0.012 THEN 'bms'
        ELSE 'ecs'
    END AS target,
    CASE WHEN s.image_type <> 'data_disk' THEN s.os_type END AS os_type,
    CASE WHEN s.image_type <> 'data_disk' THEN s.distribution END AS os_distribution,
    CASE WHEN s.image_type <> 'data_disk' THEN s.version END AS os_version,
    CASE
        WHEN s.os_type = 'linux' AND s.image_type <> 'data_disk' AND chance(s.content, 'architecture') < 0.14 THEN 'arm'
        ELSE 'x86'
    END AS architecture,
    s.disk_format,
    s.size_bytes,
    CASE
        WHEN s.disk_format IN ('raw', 'iso') THEN s.size_bytes ELSE s.min_disk_gb * 1073741824::BIGINT
    END AS virtual_size_bytes,
    s.min_disk_gb,
    CASE
        WHEN s.os_type = 'windows' AND s.image_type <> 'data_disk' THEN 2048
        ELSE one_of([0, 0, 0, 512, 1024], chance(s.content, 'memory'))
    END AS min_ram_mb,
    s.content,
    chance(s.n, 'encrypted') < 0.04 AND s.image_type <> 'iso' AND s.fate IN ('private', 'adopted')
    AND NOT (s.image_type = 'system_disk' AND chance(s.content, 'target') < 0.012) AS encrypted,
    CASE
        WHEN s.content < 0
            THEN
                CASE s.fate WHEN 'public' THEN 'releases/' ELSE 'vendor/' END
                || concat_ws(
                    '-', CASE WHEN s.image_type = 'data_disk' THEN s.role ELSE s.distribution || '-' || s.version END,
                    1000 + abs(s.content) % 1000000000
                )
        ELSE 'images/' || name_of(s.role, s.n, s.created)
    END || '.' || s.disk_format AS file,
    chance(s.n, 'protected') < 0.03 AS protected,
    CASE
        WHEN s.fate = 'public' THEN CASE WHEN chance(s.n, 'deprecated') < 0.8 THEN s.superseded END
        WHEN chance(s.n, 'deprecated') < 0.075
            THEN some_time(s.created, getvariable('until'), 0.1 + 0.9 * chance(s.n, 'when deprecated'))
    END AS deprecated,
    CASE
        WHEN s.fate = 'sold'
            THEN
                some_time(
                    s.created + 60, least(s.created + 864000, getvariable('until') - 600), chance(s.n, 'when sold')
                )
    END AS sold_at
FROM sized AS s
