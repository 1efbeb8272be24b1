INSERT INTO image BY NAME
SELECT
    made_id('bench', TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds(n // 1000), n, 1) AS image_id,
    'image-' || n AS name,
    'tenant-' || (hash(n) % 1000) AS owner,
    CASE WHEN hash(n, 1) % 2 = 0 THEN 'eu-west-0' ELSE 'eu-west-1' END AS region,
    CASE WHEN hash(n, 2) % 50 = 0 THEN 'marketplace' ELSE 'private' END AS visibility,
    CASE WHEN hash(n, 3) % 50 = 0 THEN 'full_ecs' ELSE 'system_disk' END AS image_type,
    'ecs' AS target,
    CASE WHEN hash(n, 4) % 100 = 0 THEN 'deactivated' ELSE 'active' END AS status,
    'linux' AS os_type,
    'x86' AS architecture,
    'qcow2' AS disk_format,
    64421888 AS size_bytes,
    1073741824 AS virtual_size_bytes,
    10 AS min_disk_gb,
    0 AS min_ram_mb,
    md5(n::VARCHAR) AS checksum,
    hash(n, 5) % 50 = 0 AS encrypted,
    'file' AS source_kind,
    image_id AS origin_image_id,
    CASE WHEN hash(n, 3) % 50 = 0 THEN CASE WHEN hash(n, 6) % 2 = 0 THEN 'cbr' ELSE 'csbs' END END AS backup_service,
    hash(n, 2) % 50 = 0 AS published,
    FALSE AS protected,
    [] AS tags,
    TIMESTAMPTZ '2026-01-01 00:00:00+00' AS created_at,
    TIMESTAMPTZ '2026-01-01 00:00:00+00' AS updated_at
FROM range($images) AS t (n);

INSERT INTO image_member BY NAME
SELECT
    image_id,
    'guest-' || (m * 1000 + hash(image_id, m) % 1000) AS tenant,
    CASE WHEN hash(image_id, m, 1) % 3 = 0 THEN 'pending' ELSE 'accepted' END AS status,
    TIMESTAMPTZ '2026-01-02 00:00:00+00' AS shared_at
FROM image, range(10) AS t (m);

CREATE TEMP TABLE numbered AS SELECT row_number() OVER () AS n, image_id, owner, region FROM image;

COPY (
    SELECT
        i.image_id AS image,
        i.owner AS actor,
        CASE WHEN hash(r.n, 8) % 20 = 0 THEN 'eu-north-9' ELSE i.region END AS region,
        'guest-' || (hash(r.n, 9) % 20000) AS tenants
    FROM range($images) AS r (n)
    INNER JOIN numbered AS i ON i.n = hash(r.n, 7) % $images + 1
    ORDER BY r.n
) TO '$folder/requests.parquet' (FORMAT parquet);
