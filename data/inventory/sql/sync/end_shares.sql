-- inputs: gone
UPDATE image_member
SET removed_at = greatest(image_member.shared_at, $now)
WHERE image_member.removed_at IS NULL AND image_member.image_id IN (SELECT g.image_id FROM gone AS g)
