-- cause: why the server cannot use the image. The image is in another region, or the request names one of the actor's
-- servers or a file instead. In all other cases the cause is 'account', whether the image belongs to another tenant or
-- does not exist: a denial must not reveal the images of other tenants.
-- inputs: asked_image, file_fact, request, resolved_server
-- creates: table fact
SELECT
    a.row,
    a.actor,
    a.region,
    a.image,
    a.image_matches,
    a.image_name,
    a.image_owner,
    a.image_region,
    a.visibility,
    a.status,
    a.image_type,
    a.image_target,
    r.server,
    s.state AS server_state,
    s.region AS server_region,
    s.target AS server_target,
    coalesce(m.matches, 0) AS server_matches,
    CASE
        WHEN a.image_matches > 1 THEN NULL
        WHEN a.image_matches = 1 AND a.image_region = coalesce(s.region, a.image_region) THEN NULL
        WHEN a.image_matches = 1 THEN 'region'
        WHEN EXISTS (
            SELECT 1
            FROM server AS other
            WHERE other.owner = r.actor AND r.image_ref IN (other.server_id, other.name) AND other.deleted_at IS NULL
        ) THEN 'server'
        WHEN coalesce(f.found, FALSE) OR regexp_matches(r.image, '\.(qcow2?|raw|img|vhdx?|vmdk|vdi|iso|zvhd2?)$')
            THEN 'file'
        ELSE 'account'
    END AS cause
FROM asked_image AS a
INNER JOIN request AS r ON a.row = r.row
LEFT JOIN resolved_server AS m ON a.row = m.row
LEFT JOIN server AS s ON m.server_id = s.server_id
LEFT JOIN file_fact AS f ON a.row = f.row
