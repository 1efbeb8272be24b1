-- Every server in its present state, as if it were reinstalled with its own image. There is no match if the image was
-- deleted, or if the server's tenant may no longer use it.
-- creates: table reinstalled
WITH held AS (
    SELECT
        s.rowid AS row,
        s.server_id,
        s.name,
        s.owner,
        s.region,
        s.state,
        s.target,
        i.image_id,
        i.name AS image_name,
        i.owner AS image_owner,
        i.region AS image_region,
        i.visibility,
        i.status,
        i.image_type,
        i.target AS image_target,
        coalesce(
            existed_at(i.created_at, i.deleted_at, getvariable('as_of'))
            AND (i.owner = s.owner OR i.visibility IN ('public', 'marketplace') OR m.tenant IS NOT NULL),
            FALSE
        )::INTEGER AS matches
    FROM server AS s
    LEFT JOIN image AS i ON s.image_id = i.image_id
    LEFT JOIN member_at(getvariable('as_of')) AS m ON s.image_id = m.image_id AND s.owner = m.tenant
    WHERE
        existed_at(s.created_at, s.deleted_at, getvariable('as_of'))
        AND (getvariable('region') IS NULL OR s.region = getvariable('region'))
        AND (getvariable('tenant') IS NULL OR s.owner = getvariable('tenant'))
)

SELECT
    h.row,
    h.server_id AS thing_id,
    h.owner AS actor,
    h.region,
    coalesce(h.image_name, h.image_id, 'unknown') AS image,
    h.matches AS image_matches,
    h.image_name,
    h.image_owner,
    h.image_region,
    h.visibility,
    h.status,
    h.image_type,
    h.image_target,
    h.name AS server,
    h.state AS server_state,
    h.region AS server_region,
    h.target AS server_target,
    1 AS server_matches,
    CASE WHEN h.matches = 0 THEN 'account' WHEN h.image_region <> h.region THEN 'region' END AS cause
FROM held AS h
