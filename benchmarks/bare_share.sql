CREATE TEMP TABLE asked AS
SELECT
    file_row_number + 1 AS seq,
    image,
    actor,
    region,
    tenants AS tenant
FROM read_parquet('$folder/requests.parquet', file_row_number = true);

CREATE TEMP TABLE judged AS
WITH member AS (
    SELECT
        image_id,
        tenant
    FROM image_member
    WHERE removed_at IS NULL AND image_id IN (SELECT image FROM asked)
),

members AS (
    SELECT
        image_id,
        count(*) AS members
    FROM member
    GROUP BY image_id
),

known AS (
    SELECT
        a.*,
        i.image_id,
        i.status <> 'active' AS inactive,
        i.owner <> a.actor AS not_owner,
        i.visibility = 'public' AS is_public,
        i.published,
        i.region <> a.region AS elsewhere,
        i.encrypted,
        i.image_type = 'full_ecs' AND i.backup_service <> 'cbr' AS not_cbr,
        member.tenant IS NOT NULL AS is_member,
        coalesce(members.members, 0) AS members
    FROM asked AS a
    LEFT JOIN image AS i ON a.image = i.image_id AND i.deleted_at IS NULL
    LEFT JOIN member ON a.image = member.image_id AND a.tenant = member.tenant
    LEFT JOIN members ON a.image = members.image_id
),

open AS (
    SELECT
        *,
        NOT (inactive OR not_owner OR is_public OR published OR elsewhere OR encrypted OR not_cbr) AS fine
    FROM known
)

SELECT
    *,
    fine AND NOT is_member AND row_number() OVER (PARTITION BY image, tenant, fine ORDER BY seq) = 1 AS is_new,
    members + count(*) FILTER (WHERE fine AND NOT is_member)
        OVER (PARTITION BY image ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS by_then
FROM open;

INSERT INTO image_member BY NAME
SELECT
    image_id,
    tenant,
    'pending' AS status,
    now() AS shared_at
FROM judged
WHERE is_new AND by_then < 128;

INSERT INTO action_log BY NAME
SELECT
    uuidv7()::VARCHAR AS action_id,
    'bare' AS batch_id,
    seq AS line,
    seq,
    'share_image' AS action,
    actor,
    region,
    image_id,
    tenant,
    to_json({'image': image})::VARCHAR AS request,
    CASE WHEN fine AND by_then < 128 THEN 'allowed' ELSE 'denied' END AS verdict,
    list_filter([
        CASE WHEN inactive THEN 'image.not-active' END,
        CASE WHEN not_owner THEN 'share.not-owner' END,
        CASE WHEN is_public THEN 'share.not-private' END,
        CASE WHEN published THEN 'share.published' END,
        CASE WHEN elsewhere THEN 'share.other-region' END,
        CASE WHEN encrypted THEN 'share.encrypted' END,
        CASE WHEN not_cbr THEN 'share.full-ecs-not-cbr' END,
        CASE WHEN by_then >= 128 THEN 'share.tenant-limit' END
    ], lambda x: x IS NOT NULL) AS denied_by,
    [] AS because,
    [] AS remedy,
    CASE WHEN fine THEN 'done' END AS outcome,
    now() AS requested_at,
    now() AS finished_at
FROM judged;
