-- A copy has the encryption of its source, unless the request sets it. A request with a key and no setting encrypts.
-- inputs: asked_image, request
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
    coalesce(r.name, a.image_name, '') AS name,
    coalesce(r.to_region, a.image_region, r.region) AS to_region,
    a.encrypted AS source_encrypted,
    a.kms_key_id AS source_key,
    m.status AS member_status,
    coalesce(r.encrypted, r.kms_key IS NOT NULL OR a.encrypted) AS copy_encrypted,
    CASE
        WHEN coalesce(r.encrypted, r.kms_key IS NOT NULL OR a.encrypted)
            THEN coalesce(r.kms_key, a.kms_key_id, 'ims-default')
    END AS copy_key,
    exists(
        SELECT 1
        FROM image AS i
        WHERE
            i.owner = r.actor
            AND i.name = coalesce(r.name, a.image_name)
            AND i.region = coalesce(r.to_region, a.image_region)
            AND i.deleted_at IS NULL
    ) AS name_taken
FROM asked_image AS a
INNER JOIN request AS r ON a.row = r.row
LEFT JOIN image_member AS m ON a.image_id = m.image_id AND a.actor = m.tenant AND m.removed_at IS NULL
