-- inputs: asked_image, request, resolved_image
-- creates: table fact
WITH member AS (
    SELECT
        image_id,
        count(*) AS members
    FROM image_member
    WHERE removed_at IS NULL AND image_id IN (SELECT resolved_image.image_id FROM resolved_image)
    GROUP BY image_id
),

-- the tenant that first published the root of a lineage
origin AS (
    SELECT
        image_id,
        arg_min(publisher, published_at) AS publisher
    FROM offer
    GROUP BY image_id
)

SELECT
    a.row,
    a.actor,
    a.region,
    a.image,
    a.image_matches,
    a.image_name,
    a.image_owner,
    a.image_region,
    a.visibility,
    a.status,
    a.image_type,
    a.encrypted,
    a.published,
    r.offer,
    coalesce(member.members, 0) AS member_count,
    CASE WHEN i.owner <> a.actor THEN origin.publisher END AS origin_publisher,
    r.offer IN (
        SELECT o.name
        FROM offer AS o
        WHERE o.withdrawn_at IS NULL
    ) AS offer_taken
FROM asked_image AS a
INNER JOIN request AS r ON a.row = r.row
LEFT JOIN member ON a.image_id = member.image_id
LEFT JOIN image AS i ON a.origin_image_id = i.image_id
LEFT JOIN origin ON a.origin_image_id = origin.image_id
