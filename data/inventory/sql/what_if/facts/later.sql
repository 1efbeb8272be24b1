-- The images with the same owner, region and name as an older image: an import of such an image finds its name taken.
-- creates: table later
WITH held AS (
    SELECT
        i.image_id,
        i.owner,
        i.region,
        i.name,
        i.created_at,
        hash(i.owner, i.region, i.name) AS called
    FROM image AS i
    WHERE existed_at(i.created_at, i.deleted_at, getvariable('as_of'))
),

-- Sort only names that may occur twice: sorting all images takes longer.
twice AS (
    SELECT h.called
    FROM held AS h
    GROUP BY h.called
    HAVING count(*) > 1
)

SELECT h.image_id
FROM held AS h
SEMI JOIN twice AS t ON h.called = t.called
QUALIFY row_number() OVER (PARTITION BY h.owner, h.region, h.name ORDER BY h.created_at, h.image_id) > 1
