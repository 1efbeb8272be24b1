-- Which image each request means: by id among those that all see, by id among those shared with the actor,
-- then by name. One's own and the platform's names come before any other tenant's, so that a stranger who
-- shares or sells an image under a known name takes nobody in; then what is in the request's region. Only images of
-- the cloud that is acted on are meant: what lies elsewhere is only read.

CREATE OR REPLACE TEMP TABLE resolved_image AS
SELECT
    r.row,
    i.image_id,
    1 AS matches
FROM request AS r
INNER JOIN image AS i ON r.image_ref = i.image_id
WHERE
    i.deleted_at IS NULL
    AND i.cloud = getvariable('cloud')
    AND (i.owner = r.actor OR i.visibility IN ('public', 'marketplace'));

INSERT INTO resolved_image
SELECT
    r.row,
    i.image_id,
    1 AS matches
FROM (SELECT * FROM request ANTI JOIN resolved_image USING (row)) AS r
INNER JOIN image AS i ON r.image_ref = i.image_id
INNER JOIN image_member AS m ON i.image_id = m.image_id AND r.actor = m.tenant
WHERE i.deleted_at IS NULL AND m.removed_at IS NULL AND i.cloud = getvariable('cloud');

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
GROUP BY row;
