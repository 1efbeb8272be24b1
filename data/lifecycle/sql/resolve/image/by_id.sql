-- Which image each request means: by id among those that all see, by id among those shared with the actor,
-- then by name. One's own and the platform's names come before any other tenant's, so that a stranger who
-- shares or sells an image under a known name takes nobody in; then what is in the request's region. Only images of
-- the cloud that is acted on are meant: what lies elsewhere is only read.
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
