-- The images that the warehouse has and the cloud no longer lists. Only public images, and images of tenants whose
-- images are listed completely (seen_tenant), can be missing for certain. Images that actions changed since the sync
-- started are left to the next sync. Several clouds can have a region of the same name, so $cloud selects too.
-- inputs: seen_image, seen_tenant
-- creates: table gone
SELECT i.image_id
FROM image AS i
ANTI JOIN seen_image AS s ON i.blob = s.blob
WHERE
    i.region = $region
    AND i.cloud = $cloud
    AND i.deleted_at IS NULL
    AND i.blob IS NOT NULL
    AND (i.owner IN (SELECT t.tenant FROM seen_tenant AS t) OR i.visibility = 'public')
    AND i.image_id NOT IN (
        SELECT l.image_id
        FROM action_log AS l
        WHERE l.finished_at >= $started AND l.image_id IS NOT NULL
    )
