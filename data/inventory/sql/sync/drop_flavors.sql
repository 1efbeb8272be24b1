-- Delete the listed flavors, so that add_flavors.sql can insert them again. A flavor has the same name in all regions
-- of a cloud. A flavor that the cloud no longer lists stays, because servers may still use it.
-- inputs: seen_flavor
DELETE FROM flavor
WHERE cloud = $cloud AND flavor IN (SELECT s.flavor FROM seen_flavor AS s)
