-- A cloud's flavors are known by their names, whatever the region. One that is gone stays: servers may still have it.
DELETE FROM flavor
WHERE cloud = $cloud AND flavor IN (SELECT s.flavor FROM seen_flavor AS s);

INSERT INTO flavor BY NAME
SELECT
    s.flavor,
    s.target,
    s.vcpus,
    s.ram_mb,
    s.disk_gb,
    $cloud AS cloud
FROM seen_flavor AS s
