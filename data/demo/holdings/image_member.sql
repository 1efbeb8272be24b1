-- inputs: deletion, guest, tenant
INSERT INTO image_member BY NAME
SELECT
    g.image_id,
    t.name AS tenant,
    CASE WHEN g.accepted IS NOT NULL THEN 'accepted' WHEN g.rejected IS NOT NULL THEN 'rejected' ELSE 'pending' END
        AS status,
    moment(g.shared) AS shared_at,
    moment(g.accepted) AS accepted_at,
    moment(coalesce(g.removed, d.deleted)) AS removed_at,
    moment(g.rejected) AS rejected_at
FROM guest AS g
INNER JOIN tenant AS t ON g.liked = t.liked
LEFT JOIN deletion AS d ON g.n = d.n
