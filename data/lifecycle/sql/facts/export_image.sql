-- An existing file of the same size may be this export, written by a process that was killed before it recorded the
-- action. So it is no reason to deny the request: the cloud compares the bytes, and overwrites nothing.
-- inputs: asked_image, file_fact, request
-- creates: table fact
WITH origin AS (
    SELECT
        image_id,
        arg_min(publisher, published_at) AS publisher
    FROM offer
    GROUP BY image_id
)

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
    a.image_format,
    a.published,
    a.backup_service,
    r.file,
    r.disk_format AS wanted_format,
    coalesce(f.found AND f.size_bytes IS DISTINCT FROM a.size_bytes, FALSE) AS file_exists,
    CASE WHEN i.owner <> a.actor THEN origin.publisher END AS origin_publisher
FROM asked_image AS a
INNER JOIN request AS r ON a.row = r.row
LEFT JOIN file_fact AS f ON a.row = f.row
LEFT JOIN image AS i ON a.origin_image_id = i.image_id
LEFT JOIN origin ON a.origin_image_id = origin.image_id
