-- The images that the warehouse has and the cloud has no more: of tenants of whom all images were told, and public
-- ones. What an action of ours did meanwhile is left to the next sync. Another cloud may have a region of that name:
-- what an action made and no sync saw yet has no cloud, and no cloud but OpenStack is acted on.
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
