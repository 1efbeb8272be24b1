-- What clouds said of themselves: each time a region was looked through, and what was found there that no action of
-- ours explains.

CREATE TABLE inventory_sync (
    sync_id VARCHAR NOT NULL,
    cloud VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ NOT NULL,
    images BIGINT NOT NULL,
    members BIGINT NOT NULL,
    appeared BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    vanished BIGINT NOT NULL
);

CREATE TABLE inventory_change (
    sync_id VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    image_id VARCHAR NOT NULL,
    tenant VARCHAR,
    what VARCHAR NOT NULL,
    field VARCHAR,
    was VARCHAR,
    became VARCHAR,
    seen_at TIMESTAMPTZ NOT NULL
);

ALTER TABLE image ADD COLUMN cloud VARCHAR DEFAULT 'local';

-- A change is explained by an action of ours that comes to just that, and was on its way into the warehouse when the
-- cloud was looked at: it is recorded soon after. What takes a change back later explains nothing.
CREATE VIEW unexplained_change AS
WITH ours AS (
    SELECT
        l.image_id,
        coalesce(l.tenant, l.actor) AS tenant,
        l.finished_at,
        CASE l.action
            WHEN 'share_image' THEN 'member-added'
            WHEN 'unshare_image' THEN 'member-removed'
            WHEN 'accept_share' THEN 'member-changed'
            WHEN 'reject_share' THEN 'member-changed'
            WHEN 'delete_image' THEN 'image-vanished'
            WHEN 'import_image' THEN 'image-appeared'
            WHEN 'register_public_image' THEN 'image-appeared'
            WHEN 'copy_image' THEN 'image-appeared'
            ELSE 'image-changed'
        END AS what,
        CASE l.action
            WHEN 'deactivate_image' THEN json_object('status', 'deactivated')
            WHEN 'reactivate_image' THEN json_object('status', 'active')
            WHEN 'deprecate_image' THEN json_object('hidden', 'true')
            WHEN 'update_image' THEN l.request::JSON
        END AS became
    FROM action_log AS l
    WHERE l.outcome = 'done'
)

SELECT c.*
FROM inventory_change AS c
ANTI JOIN ours AS o
    ON
        c.image_id = o.image_id
        AND c.what = o.what
        AND (c.tenant IS NULL OR c.tenant = o.tenant)
        AND (c.field IS NULL OR c.what = 'member-changed' OR c.became = o.became ->> ('$.' || c.field))
        AND o.finished_at BETWEEN c.seen_at AND c.seen_at + INTERVAL 1 HOUR;

COMMENT ON TABLE inventory_sync IS 'Each time that a region of a real cloud was looked through and written down.';
COMMENT ON COLUMN inventory_sync.sync_id IS 'Id of the look at all regions together.';
COMMENT ON COLUMN inventory_sync.cloud IS 'The cloud: openstack or aws.';
COMMENT ON COLUMN inventory_sync.region IS 'The region.';
COMMENT ON COLUMN inventory_sync.started_at IS 'When the cloud was first asked.';
COMMENT ON COLUMN inventory_sync.finished_at IS 'When it was written down.';
COMMENT ON COLUMN inventory_sync.images IS 'How many images the cloud has there, as far as the tenants see them.';
COMMENT ON COLUMN inventory_sync.members IS 'How many shares it has there.';
COMMENT ON COLUMN inventory_sync.appeared IS 'How many images were new to the warehouse.';
COMMENT ON COLUMN inventory_sync.changed IS 'How many images and shares were not as the warehouse had them.';
COMMENT ON COLUMN inventory_sync.vanished IS 'How many images are gone, and marked as deleted.';
COMMENT ON TABLE inventory_change IS 'What a cloud had otherwise than the warehouse, but for a first look.';
COMMENT ON COLUMN inventory_change.sync_id IS 'The look that found it.';
COMMENT ON COLUMN inventory_change.region IS 'The region.';
COMMENT ON COLUMN inventory_change.image_id IS 'The image.';
COMMENT ON COLUMN inventory_change.tenant IS 'With whom it is or was shared; NULL of the image itself.';
COMMENT ON COLUMN inventory_change.what IS 'image-appeared, -changed, -vanished; member-added, -changed, -removed.';
COMMENT ON COLUMN inventory_change.field IS 'Which column it is; NULL where something is new or gone.';
COMMENT ON COLUMN inventory_change.was IS 'What the warehouse had; NULL where nothing.';
COMMENT ON COLUMN inventory_change.became IS 'What the cloud has; NULL where nothing.';
COMMENT ON COLUMN inventory_change.seen_at IS 'When it was written down.';
COMMENT ON COLUMN image.cloud IS 'The cloud it is in: local (the embedded one), openstack or aws.';
COMMENT ON VIEW unexplained_change IS 'What a cloud had otherwise, and no action of ours did just then.';
COMMENT ON COLUMN unexplained_change.sync_id IS 'The look that found it.';
COMMENT ON COLUMN unexplained_change.region IS 'The region.';
COMMENT ON COLUMN unexplained_change.image_id IS 'The image.';
COMMENT ON COLUMN unexplained_change.tenant IS 'With whom it is or was shared; NULL of the image itself.';
COMMENT ON COLUMN unexplained_change.what IS 'image-appeared, -changed, -vanished; member-added, -changed, -removed.';
COMMENT ON COLUMN unexplained_change.field IS 'Which column it is; NULL where something is new or gone.';
COMMENT ON COLUMN unexplained_change.was IS 'What the warehouse had; NULL where nothing.';
COMMENT ON COLUMN unexplained_change.became IS 'What the cloud has; NULL where nothing.';
COMMENT ON COLUMN unexplained_change.seen_at IS 'When it was written down.';
