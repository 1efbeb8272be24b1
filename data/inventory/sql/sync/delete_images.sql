-- inputs: gone
UPDATE image
SET status = 'deleted', deleted_at = greatest(image.created_at, $now), updated_at = $now
WHERE image.image_id IN (SELECT g.image_id FROM gone AS g)
