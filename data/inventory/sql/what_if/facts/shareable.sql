-- Every image, as if its owner shared it with one more tenant, in its own region. A table, so that members are counted
-- only once.
-- creates: table shareable
WITH member AS (
    SELECT
        m.image_id,
        count(*) AS members
    FROM image_member AS m
    WHERE existed_at(m.shared_at, m.removed_at, getvariable('as_of'))
    GROUP BY m.image_id
)

SELECT
    i.rowid AS row,
    i.image_id AS thing_id,
    i.owner AS actor,
    i.region,
    i.name AS image,
    1 AS image_matches,
    i.name AS image_name,
    i.owner AS image_owner,
    i.region AS image_region,
    i.visibility,
    i.status,
    i.image_type,
    'another tenant' AS tenant,
    i.encrypted,
    i.published,
    i.backup_service,
    coalesce(m.members, 0) AS members
FROM image AS i
LEFT JOIN member AS m ON i.image_id = m.image_id
WHERE
    existed_at(i.created_at, i.deleted_at, getvariable('as_of'))
    AND (getvariable('region') IS NULL OR i.region = getvariable('region'))
    AND (getvariable('tenant') IS NULL OR i.owner = getvariable('tenant'))
