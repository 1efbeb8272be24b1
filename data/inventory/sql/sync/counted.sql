-- Record the result of the sync of a region.
-- inputs: gone, matched, seen_image, seen_member, share
INSERT INTO inventory_sync BY NAME
SELECT
    $sync_id AS sync_id,
    $cloud AS cloud,
    $region AS region,
    $started AS started_at,
    $now AS finished_at,
    (SELECT count(*) FROM seen_image) AS images,
    (SELECT count(*) FROM seen_member) AS members,
    (SELECT count(*) FILTER (m.is_new OR m.came_back) FROM matched AS m) AS appeared,
    (SELECT count(*) FILTER (NOT m.is_new AND NOT m.came_back AND m.was IS DISTINCT FROM m.now_is) FROM matched AS m)
    + (SELECT count(*) FROM share) AS changed,
    (SELECT count(*) FROM gone) AS vanished
