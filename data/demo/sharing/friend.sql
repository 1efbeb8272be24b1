-- inputs: guest, tenant
-- creates: table friend
SELECT
    g.*,
    t.owner AS tenant
FROM guest AS g
INNER JOIN tenant AS t ON g.liked = t.liked
