-- A copy is one image more of the actor's: by its id, by its name where no nearer image has it, and as a name taken.
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
