-- inputs: request, resolved_image
INSERT INTO resolved_image
WITH named AS (
    SELECT
        r.row,
        r.actor,
        i.image_id,
        i.region = r.region AS here,
        CASE
            WHEN i.owner = r.actor THEN 0
            WHEN i.visibility = 'public' THEN 1
            WHEN i.visibility = 'marketplace' THEN 5
        END AS nearness
    FROM (SELECT * FROM request ANTI JOIN resolved_image USING (row)) AS r
    INNER JOIN image AS i ON r.image_ref = i.name
    WHERE i.deleted_at IS NULL AND i.cloud = getvariable('cloud')
),

seen AS (
    SELECT
        named.row,
        named.image_id,
        named.here,
        coalesce(named.nearness, CASE m.status WHEN 'accepted' THEN 2 WHEN 'pending' THEN 3 ELSE 4 END) AS nearness
    FROM named
    LEFT JOIN image_member AS m
        ON named.image_id = m.image_id AND named.actor = m.tenant AND m.removed_at IS NULL
    WHERE named.nearness IS NOT NULL OR m.tenant IS NOT NULL
),

ranked AS (
    SELECT
        row,
        image_id,
        rank() OVER (PARTITION BY row ORDER BY nearness > 1, NOT here, nearness) AS place
    FROM seen
)

SELECT
    row,
    CASE WHEN count(*) = 1 THEN min(image_id) END AS image_id,
    count(*)::INTEGER AS matches
FROM ranked
WHERE place = 1
GROUP BY row
