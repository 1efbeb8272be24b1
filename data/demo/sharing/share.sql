-- How many tenants each image is shared with: most with a few, a quarter with a hundred and more, some with as many as
-- may be. The variable guests says whether all of them are listed, or only two of each image.
-- inputs: doomed, made, tenant
-- creates: table share
WITH shareable AS (
    SELECT
        i.*,
        d.used_until,
        chance(i.n, 'guests') AS x,
        chance(i.n, 'how many guests') AS y
    FROM made AS i
    LEFT JOIN doomed AS d ON i.n = d.n
    WHERE
        i.fate IN ('private') AND i.kms_key_id IS NULL AND (i.image_type <> 'full_ecs' OR i.backup_service = 'cbr')
        AND chance(i.n, 'shared') < CASE WHEN d.n IS NULL THEN 0.33 ELSE 0.15 END
        AND i.created < getvariable('until') - 7200
)

SELECT
    s.n,
    s.image_id,
    s.owner,
    s.image_type,
    s.created,
    t.liked AS owner_liked,
    s.used_until IS NOT NULL AS doomed,
    coalesce(s.used_until, getvariable('until')) AS ends,
    CASE WHEN chance(s.n, 'usual guests') < 0.7 THEN -1 - s.owner ELSE s.n END AS circle,
    least(
        CASE
            WHEN s.x < 0.025 THEN 128
            WHEN s.x < 0.255 THEN 100 + floor(28 * s.y)::BIGINT
            WHEN s.x < 0.30 THEN 41 + floor(59 * s.y)::BIGINT
            ELSE 1 + floor(40 * s.y * s.y)::BIGINT
        END,
        getvariable('tenants') - 1
    ) AS guests
FROM shareable AS s
INNER JOIN tenant AS t ON s.owner = t.owner
