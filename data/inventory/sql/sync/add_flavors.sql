-- inputs: seen_flavor
INSERT INTO flavor BY NAME
SELECT
    s.flavor,
    s.target,
    s.vcpus,
    s.ram_mb,
    s.disk_gb,
    $cloud AS cloud
FROM seen_flavor AS s
