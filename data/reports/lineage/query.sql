WITH now_held AS (
    SELECT
        i.image_id,
        i.name,
        i.owner,
        i.region,
        i.source_kind,
        i.origin_image_id,
        i.created_at
    FROM image AS i
    WHERE
        i.created_at <= $as_of AND (i.deleted_at IS NULL OR i.deleted_at > $as_of)
        AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
)

SELECT
    h.image_id,
    h.name,
    h.owner,
    h.region,
    h.source_kind AS made_from,
    p.parent_image_id,
    parent.name AS parent_name,
    parent.owner AS parent_owner,
    CASE
        WHEN parent.deleted_at <= $as_of THEN 'deleted'
        WHEN parent.deprecated_at <= $as_of THEN 'deprecated'
        ELSE 'in use'
    END AS parent_state,
    h.origin_image_id,
    origin.name AS origin_name,
    origin.owner AS origin_owner,
    h.created_at
FROM now_held AS h
INNER JOIN image_parent AS p ON h.image_id = p.image_id
INNER JOIN image AS parent ON p.parent_image_id = parent.image_id
LEFT JOIN image AS origin ON h.origin_image_id = origin.image_id
ORDER BY h.created_at DESC, h.name, h.image_id
LIMIT $top
