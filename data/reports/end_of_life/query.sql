-- How distributions are spelled, in small letters and without anything between; windows may be the one or the other.
WITH spelled (spelling, distribution) AS (
    VALUES
    ('debian', 'debian'), ('debiangnulinux', 'debian'),
    ('ubuntu', 'ubuntu'), ('ubuntuserver', 'ubuntu'), ('ubuntulinux', 'ubuntu'),
    ('rhel', 'rhel'), ('redhat', 'rhel'), ('redhatenterprise', 'rhel'), ('redhatenterpriselinux', 'rhel'),
    ('redhatenterpriselinuxserver', 'rhel'), ('redhatlinux', 'rhel'),
    ('centos', 'centos'), ('centoslinux', 'centos'), ('centosstream', 'centos-stream'),
    ('almalinux', 'almalinux'), ('alma', 'almalinux'), ('almalinuxos', 'almalinux'),
    ('rocky', 'rocky'), ('rockylinux', 'rocky'),
    ('sles', 'sles'), ('sle', 'sles'), ('suse', 'sles'), ('suselinux', 'sles'), ('suselinuxenterprise', 'sles'),
    ('suselinuxenterpriseserver', 'sles'),
    ('opensuse', 'opensuse-leap'), ('opensuseleap', 'opensuse-leap'), ('leap', 'opensuse-leap'),
    ('oraclelinux', 'oracle-linux'), ('oracle', 'oracle-linux'), ('ol', 'oracle-linux'),
    ('oraclelinuxserver', 'oracle-linux'),
    ('amazonlinux', 'amazon-linux'), ('amazon', 'amazon-linux'), ('amzn', 'amazon-linux'), ('al', 'amazon-linux'),
    ('alpine', 'alpine'), ('alpinelinux', 'alpine'),
    ('fedora', 'fedora'), ('fedoralinux', 'fedora'), ('fedoraserver', 'fedora'),
    ('windowsserver', 'windows-server'), ('microsoftwindowsserver', 'windows-server'), ('winserver', 'windows-server'),
    ('windows', 'windows-server'), ('microsoftwindows', 'windows-server'), ('win', 'windows-server'),
    ('windows', 'windows'), ('microsoftwindows', 'windows'), ('win', 'windows'), ('windowsclient', 'windows'),
    ('freebsd', 'freebsd'), ('openeuler', 'openeuler'), ('euler', 'openeuler')
),

-- Images that exist, and servers that exist and the systems of the images they were made from; by who has them.
counted AS (
    SELECT
        coalesce(i.os_distribution, i.os_type, 'unknown') AS distribution,
        i.os_version AS version,
        CASE WHEN i.visibility <> 'public' THEN i.owner END AS tenant,
        count(*) AS images,
        count(*) FILTER (WHERE usage_is_complete(i.cloud) IS NOT TRUE) AS use_unknown,
        0 AS servers,
        0 AS running
    FROM image AS i
    WHERE
        i.image_type <> 'data_disk'
        AND existed_at(i.created_at, i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
    GROUP BY ALL
    UNION ALL
    SELECT
        coalesce(i.os_distribution, i.os_type, 'unknown') AS distribution,
        i.os_version AS version,
        s.owner AS tenant,
        0 AS images,
        0 AS use_unknown,
        count(*) AS servers,
        count(*) FILTER (WHERE s.state = 'running') AS running
    FROM server AS s
    LEFT JOIN image AS i ON s.image_id = i.image_id
    WHERE
        existed_at(s.created_at, s.deleted_at, $as_of)
        AND ($region IS NULL OR s.region = $region) AND ($tenant IS NULL OR s.owner = $tenant)
    GROUP BY ALL
),

-- The name is what stands before the first digit of the distribution, the number what begins with the first digit of
-- the version, or of the distribution where the version has none.
found AS (
    SELECT DISTINCT
        c.distribution,
        c.version,
        concat(
            regexp_replace(regexp_extract(lower(c.distribution), '^[^0-9]*'), '[^a-z]', '', 'g'),
            CASE WHEN c.version ILIKE '%stream%' AND c.distribution NOT ILIKE '%stream%' THEN 'stream' END
        ) AS spelling,
        lower(
            coalesce(
                nullif(regexp_extract(c.version, '[0-9].*'), ''), regexp_extract(c.distribution, '[0-9].*'), ''
            )
        ) AS number
    FROM counted AS c
),

-- 2012R2 is 2012-r2, and 15 SP4 of SUSE's is 15.4, as the system says of itself.
named AS (
    SELECT
        f.distribution,
        f.version,
        s.distribution AS known,
        regexp_replace(
            CASE s.distribution
                WHEN 'sles' THEN regexp_replace(f.number, '[^0-9]*sp[^0-9]*', '.')
                ELSE regexp_replace(f.number, '([0-9])r2', '\1-r2')
            END,
            '[^a-z0-9.]+', '-', 'g'
        ) AS number
    FROM found AS f
    INNER JOIN spelled AS s ON f.spelling = s.spelling
),

-- The longest version that the number begins with, and that no further digit follows: 3.2 does not stand for 3.20.
known AS (
    SELECT
        n.distribution,
        n.version,
        e.distribution AS of,
        e.version AS number
    FROM named AS n
    INNER JOIN os_end_of_life AS e
        ON
            n.known = e.distribution AND starts_with(n.number, e.version)
            AND NOT regexp_matches(substr(n.number, len(e.version) + 1, 1), '[0-9]')
    QUALIFY row_number() OVER (PARTITION BY n.distribution, n.version ORDER BY len(e.version) DESC, e.distribution) = 1
),

system AS (
    SELECT
        coalesce(k.of, lower(c.distribution)) AS distribution,
        coalesce(k.number, c.version) AS version,
        k.of IS NOT NULL AS is_known,
        sum(c.images)::BIGINT AS images,
        sum(c.use_unknown)::BIGINT AS use_unknown,
        sum(c.servers)::BIGINT AS servers,
        sum(c.running)::BIGINT AS running,
        count(DISTINCT c.tenant) AS tenants,
        list_sort(list(DISTINCT concat_ws(' ', c.distribution, c.version))) AS spellings
    FROM counted AS c
    LEFT JOIN known AS k ON c.distribution = k.distribution AND c.version IS NOT DISTINCT FROM k.version
    GROUP BY coalesce(k.of, lower(c.distribution)), coalesce(k.number, c.version), k.of IS NOT NULL
)

SELECT
    s.distribution,
    s.version,
    concat(
        array_to_string(s.spellings[1:3], ', '),
        CASE WHEN len(s.spellings) > 3 THEN ' and ' || (len(s.spellings) - 3) || ' more' END
    ) AS spelled,
    s.images,
    CASE WHEN s.use_unknown = 0 THEN s.servers ELSE nullif(s.servers, 0) END AS servers,
    CASE WHEN s.use_unknown = 0 THEN s.running ELSE nullif(s.running, 0) END AS running,
    s.tenants,
    e.ends_on,
    e.paid_support_ends_on,
    date_diff('day', $as_of::DATE, e.ends_on) AS days_left,
    CASE
        WHEN e.ends_on IS NULL THEN 'not known'
        WHEN e.ends_on > $as_of::DATE + 180 THEN 'supported'
        WHEN e.ends_on >= $as_of::DATE THEN 'ends within 180 days'
        WHEN e.paid_support_ends_on >= $as_of::DATE THEN 'paid support only'
        ELSE 'ended'
    END AS state,
    e.source,
    e.checked_on,
    s.use_unknown
FROM system AS s
LEFT JOIN os_end_of_life AS e ON s.is_known AND s.distribution = e.distribution AND s.version = e.version
ORDER BY e.ends_on NULLS LAST, s.distribution, s.version NULLS LAST
LIMIT $top
