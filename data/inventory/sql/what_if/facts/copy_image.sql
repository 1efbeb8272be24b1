-- Every image, as if its owner copied it to a region where the owner has no image with that name.
-- creates: view fact
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
    i.name,
    'another region' AS to_region,
    i.encrypted AS source_encrypted,
    i.kms_key_id AS source_key,
    NULL::VARCHAR AS member_status,
    i.encrypted AS copy_encrypted,
    i.kms_key_id AS copy_key,
    FALSE AS name_taken
FROM image AS i
WHERE
    existed_at(i.created_at, i.deleted_at, getvariable('as_of'))
    AND (getvariable('region') IS NULL OR i.region = getvariable('region'))
    AND (getvariable('tenant') IS NULL OR i.owner = getvariable('tenant'))
