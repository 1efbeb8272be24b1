-- Every image that is not public, imported by its owner as it is, after those that were made before it. A full-ECS
-- image is made of a server or its backup, never of a file.
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

-- Only names that may be there twice are put in order.
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
