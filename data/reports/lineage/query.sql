-- What was made of another image stems from another. The newest first, and only then what they were made of.
WITH made AS (
    SELECT
        i.image_id,
        i.name,
        i.owner,
        i.region,
        i.source_kind,
        i.source_id,
        i.origin_image_id,
        i.created_at,
        CASE WHEN i.source_kind = 'server' AND i.image_type <> 'data_disk' THEN i.source_id END AS server_id
    FROM image AS i
    WHERE
        i.origin_image_id <> i.image_id
        AND existed_at(i.created_at, i.deleted_at, $as_of)
        AND ($region IS NULL OR i.region = $region) AND ($tenant IS NULL OR i.owner = $tenant)
    ORDER BY i.created_at DESC, i.name, i.image_id
    LIMIT $top
),

span AS (
    SELECT
        s.server_id,
        s.image_id,
        s.started_at
    FROM server_span AS s
    WHERE
        (s.ended_at IS NULL OR s.ended_at > s.started_at)
        AND s.server_id IN (SELECT m.server_id FROM made AS m)
),

-- As the view image_parent has it, but for these images alone.
descended AS (
    SELECT
        m.*,
        coalesce(c.image_id, span.image_id, v.image_id, b.image_id, m.origin_image_id) AS parent_image_id
    FROM made AS m
    LEFT JOIN image AS c ON m.source_kind = 'image' AND m.source_id = c.image_id
    LEFT JOIN volume AS v ON m.source_kind = 'volume' AND m.source_id = v.volume_id
    LEFT JOIN backup AS b ON m.source_kind = 'backup' AND m.source_id = b.backup_id
    ASOF LEFT JOIN span ON m.server_id = span.server_id AND m.created_at >= span.started_at
)

SELECT
    d.image_id,
    d.name,
    d.owner,
    d.region,
    d.source_kind AS made_from,
    d.parent_image_id,
    parent.name AS parent_name,
    parent.owner AS parent_owner,
    CASE
        WHEN parent.deleted_at <= $as_of THEN 'deleted'
        WHEN parent.deprecated_at <= $as_of THEN 'deprecated'
        ELSE 'in use'
    END AS parent_state,
    d.origin_image_id,
    origin.name AS origin_name,
    origin.owner AS origin_owner,
    d.created_at
FROM descended AS d
INNER JOIN image AS parent ON d.parent_image_id = parent.image_id
LEFT JOIN image AS origin ON d.origin_image_id = origin.image_id
ORDER BY d.created_at DESC, d.name, d.image_id
