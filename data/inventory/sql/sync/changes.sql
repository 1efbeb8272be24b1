-- Record each difference that the sync found, except for the first sync of a region: it has no earlier state to compare
-- with.
-- inputs: gone, matched, share
INSERT INTO inventory_change BY NAME
WITH before AS (
    SELECT count(*) AS looks
    FROM inventory_sync AS s
    WHERE s.cloud = $cloud AND s.region = $region
),

field AS (
    SELECT
        m.image_id,
        unnest(json_keys(to_json(m.was))) AS name,
        to_json(m.was) AS was,
        to_json(m.now_is) AS now_is
    FROM matched AS m
    WHERE NOT m.is_new AND NOT m.came_back AND m.was IS DISTINCT FROM m.now_is
),

found AS (
    SELECT
        m.image_id,
        NULL AS tenant,
        'image-appeared' AS what,
        NULL AS field,
        NULL AS was,
        m.cloud_visibility AS became
    FROM matched AS m
    WHERE m.is_new OR m.came_back
    UNION ALL
    SELECT
        f.image_id,
        NULL AS tenant,
        'image-changed' AS what,
        f.name AS field,
        f.was ->> ('$.' || f.name) AS was,
        f.now_is ->> ('$.' || f.name) AS became
    FROM field AS f
    WHERE (f.was ->> ('$.' || f.name)) IS DISTINCT FROM (f.now_is ->> ('$.' || f.name))
    UNION ALL
    SELECT
        g.image_id,
        NULL AS tenant,
        'image-vanished' AS what,
        NULL AS field,
        NULL AS was,
        NULL AS became
    FROM gone AS g
    UNION ALL
    SELECT
        s.image_id,
        s.tenant,
        CASE
            WHEN s.was IS NULL THEN 'member-added' WHEN s.now_is IS NULL THEN 'member-removed' ELSE 'member-changed'
        END AS what,
        CASE WHEN s.was IS NOT NULL AND s.now_is IS NOT NULL THEN 'status' END AS field,
        s.was,
        s.now_is AS became
    FROM share AS s
)

SELECT
    $sync_id AS sync_id,
    $region AS region,
    $now AS seen_at,
    f.*
FROM found AS f
WHERE (SELECT b.looks FROM before AS b) > 0
