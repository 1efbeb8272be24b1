-- A year of $servers servers that run through: half on images of Marketplace (hourly, per vCPU, free), half on others.
INSERT INTO image BY NAME
SELECT
    'image-' || n AS image_id, 'image-' || n AS name, 'seller-' || (n % 20) AS owner, 'eu-west-0' AS region,
    'marketplace' AS visibility, 'system_disk' AS image_type, 'ecs' AS target, 'active' AS status,
    'linux' AS os_type, 'debian' AS os_distribution, '12' AS os_version, 'x86' AS architecture,
    'qcow2' AS disk_format, 1073741824 AS size_bytes, 10 AS min_disk_gb, 0 AS min_ram_mb, FALSE AS encrypted,
    'file' AS source_kind, 'a.qcow2' AS source_id, 'image-' || n AS origin_image_id, n < 100 AS published,
    FALSE AS protected, []::VARCHAR[] AS tags, TIMESTAMPTZ '2024-06-01 00:00:00+00' AS created_at,
    TIMESTAMPTZ '2024-06-01 00:00:00+00' AS updated_at
FROM range(200) AS t(n);

INSERT INTO offer BY NAME
SELECT
    'offer-' || n AS offer_id, 'offer-' || n AS name, 'image-' || n AS image_id, 'seller-' || (n % 20) AS publisher,
    CASE n % 4 WHEN 0 THEN 'free' WHEN 1 THEN 'vcpu_hourly' ELSE 'hourly' END AS pricing_model,
    TIMESTAMPTZ '2024-07-01 00:00:00+00' AS published_at
FROM range(100) AS t(n);

INSERT INTO price BY NAME
SELECT
    'price-' || o.offer_id AS price_id, o.offer_id, o.pricing_model,
    CASE o.pricing_model WHEN 'free' THEN 0 ELSE 0.12 END AS amount, 'EUR' AS currency,
    CASE o.pricing_model WHEN 'vcpu_hourly' THEN 'vCPU-Hours' ELSE 'Hours' END AS unit, o.published_at AS valid_from
FROM offer AS o;

INSERT INTO server BY NAME
SELECT
    'server-' || n AS server_id, 'server-' || n AS name, 'tenant-' || (n % 300) AS owner, 'eu-west-' || (n % 3) AS region,
    'ecs' AS target, ['s3.medium.2', 's3.large.2', 'c3.xlarge.2'][n % 3 + 1] AS flavor, 'image-' || (n % 200) AS image_id,
    10 AS system_disk_gb, 'running' AS state, TIMESTAMPTZ '2024-12-01 00:00:00+00' AS created_at,
    TIMESTAMPTZ '2024-12-01 00:00:00+00' AS updated_at
FROM range($servers) AS t(n);

INSERT INTO server_span BY NAME
SELECT server_id, image_id, flavor, 'running' AS state, TIMESTAMPTZ '2025-01-01 00:00:00+00' AS started_at
FROM server
