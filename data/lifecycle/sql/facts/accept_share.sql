-- inputs: asked_image
-- creates: table fact
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
    m.status AS member_status
FROM asked_image AS a
LEFT JOIN image_member AS m ON a.image_id = m.image_id AND a.actor = m.tenant AND m.removed_at IS NULL
