-- A cloud's flavors are known by their names, whatever the region. One that is gone stays: servers may still have it.
-- inputs: seen_flavor
DELETE FROM flavor
WHERE cloud = $cloud AND flavor IN (SELECT s.flavor FROM seen_flavor AS s)
