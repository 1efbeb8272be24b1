-- A new name of an image conflicts with later requests in three cases (the parts of the UNION):
-- 1. A later request uses the new name, and may now resolve to this image or become ambiguous.
-- 2. A later request uses the old name and did not resolve, because several images had it. Now one less has it.
-- 3. A later request gives an image of the same owner and region the old name, which is free now, or the new name,
--    which is taken now.
-- inputs: request, resolved_image
WITH renamed AS (
    SELECT
        r.row,
        r.name AS new_name,
        i.name AS old_name,
        i.owner,
        i.region
    FROM request AS r
    INNER JOIN resolved_image AS m ON r.row = m.row
    INNER JOIN image AS i ON m.image_id = i.image_id
    WHERE r.name IS NOT NULL
),

touched AS (
    SELECT
        row,
        owner,
        region,
        unnest([new_name, old_name]) AS word
    FROM renamed
)

SELECT later.row
FROM renamed AS earlier
INNER JOIN request AS later ON earlier.new_name = later.image_ref AND earlier.row < later.row
UNION ALL
SELECT later.row
FROM renamed AS earlier
INNER JOIN request AS later ON earlier.old_name = later.image_ref AND earlier.row < later.row
INNER JOIN resolved_image AS m ON later.row = m.row
WHERE m.image_id IS NULL
UNION ALL
SELECT later.row
FROM touched AS earlier
INNER JOIN renamed AS later
    ON
        earlier.owner = later.owner
        AND earlier.region = later.region
        AND earlier.word = later.new_name
        AND earlier.row < later.row
