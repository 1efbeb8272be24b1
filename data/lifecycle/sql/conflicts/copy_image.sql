-- A copy adds an image of the actor. It conflicts with a later request in three cases (the parts of the UNION):
-- 1. The later request refers to the copy by its id, through a handle.
-- 2. The later request uses the name of the copy, and may now resolve to it. There is no conflict if the later request
--    gives an id, or if its image is in its own region, belongs to the actor or is public (sure), and the copy goes to
--    another region: then the copy has a lower rank.
-- 3. Both create an image with the same name in the same region, and the name is taken after the first.
-- inputs: request, resolved_image
WITH copied AS (
    SELECT
        r.row,
        r.actor,
        r.new_id,
        r.image_ref AS image,
        r.region,
        i.image_id,
        i.region AS image_region,
        coalesce(r.to_region, i.region) AS to_region,
        coalesce(r.name, i.name) AS name,
        coalesce(i.owner = r.actor OR i.visibility = 'public', FALSE) AS sure
    FROM request AS r
    LEFT JOIN resolved_image AS m ON r.row = m.row
    LEFT JOIN image AS i ON m.image_id = i.image_id
)

SELECT later.row
FROM copied AS earlier
INNER JOIN request AS later ON earlier.new_id = later.image_ref AND earlier.row < later.row
UNION ALL
SELECT later.row
FROM copied AS earlier
INNER JOIN copied AS later ON earlier.actor = later.actor AND earlier.name = later.image AND earlier.row < later.row
WHERE
    later.image_id IS DISTINCT FROM later.image
    AND NOT (later.sure AND later.image_region = later.region AND earlier.to_region <> later.region)
UNION ALL
SELECT row
FROM copied
WHERE name IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY actor, to_region, name ORDER BY row) > 1
