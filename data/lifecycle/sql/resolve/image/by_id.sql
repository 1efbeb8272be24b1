-- Resolve the image of each request in three steps: by id among the images that the actor owns or everyone can see; by
-- id among those shared with the actor (by_id_if_shared.sql); by name (by_name.sql). A name matches the actor's own and
-- public images before those of other tenants: otherwise a tenant could share or sell an image under a known name, and
-- others would use it by mistake. Then it matches images in the request's region first.
-- Only images of the cloud that the batch acts on match; those of other clouds are read-only.
-- inputs: request
-- creates: table resolved_image
SELECT
    r.row,
    i.image_id,
    1 AS matches
FROM request AS r
INNER JOIN image AS i ON r.image_ref = i.image_id
WHERE
    i.deleted_at IS NULL
    AND i.cloud = getvariable('cloud')
    AND (i.owner = r.actor OR i.visibility IN ('public', 'marketplace'))
