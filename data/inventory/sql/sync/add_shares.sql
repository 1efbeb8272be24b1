-- inputs: share
INSERT INTO image_member BY NAME
SELECT
    s.image_id,
    s.tenant,
    s.now_is AS status,
    coalesce(s.shared_at, $now) AS shared_at,
    CASE WHEN s.now_is = 'accepted' THEN coalesce(s.updated_at, $now) END AS accepted_at,
    CASE WHEN s.now_is = 'rejected' THEN coalesce(s.updated_at, $now) END AS rejected_at
FROM share AS s
WHERE s.was IS NULL
