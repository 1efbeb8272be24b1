-- inputs: share
UPDATE image_member
SET
    status = coalesce(s.now_is, image_member.status),
    accepted_at = CASE
        WHEN s.now_is = 'accepted' THEN greatest(image_member.shared_at, s.updated_at) ELSE image_member.accepted_at
    END,
    rejected_at = CASE
        WHEN s.now_is = 'rejected' THEN greatest(image_member.shared_at, s.updated_at) ELSE image_member.rejected_at
    END,
    removed_at = CASE WHEN s.now_is IS NULL THEN greatest(image_member.shared_at, $now) END
FROM share AS s
WHERE
    image_member.image_id = s.image_id AND image_member.tenant = s.tenant AND image_member.removed_at IS NULL
    AND s.was IS NOT NULL
