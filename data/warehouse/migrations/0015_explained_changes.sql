-- Which changes at a cloud each action explains. The rows come from the models of the actions (domain/actions), as
-- those of rule do, so that a new action explains what it does without another migration.

CREATE TABLE explained_change (
    action VARCHAR NOT NULL,
    what VARCHAR NOT NULL,
    field VARCHAR,
    became VARCHAR
);

-- A change is explained by an action that does exactly that, and that was recorded within the hour after the sync saw
-- it: the cloud shows the change before the warehouse does. An action that reverts a change later explains nothing.
CREATE OR REPLACE VIEW unexplained_change AS
WITH explained AS (
    SELECT
        l.image_id,
        coalesce(l.tenant, l.actor) AS tenant,
        l.finished_at,
        e.what,
        e.field,
        CASE
            WHEN e.became IS NULL AND e.field IS NOT NULL THEN l.request::JSON ->> ('$.' || e.field) ELSE e.became
        END AS became
    FROM action_log AS l
    INNER JOIN explained_change AS e ON l.action = e.action
    WHERE l.outcome = 'done'
)

SELECT c.*
FROM inventory_change AS c
ANTI JOIN explained AS e
    ON
        c.image_id = e.image_id
        AND c.what = e.what
        AND (c.tenant IS NULL OR c.tenant = e.tenant)
        AND (e.field IS NULL OR (c.field = e.field AND c.became = e.became))
        AND e.finished_at BETWEEN c.seen_at AND c.seen_at + INTERVAL 1 HOUR;

COMMENT ON TABLE explained_change IS 'The changes at a cloud that each action explains, one a row.';
COMMENT ON COLUMN explained_change.action IS 'The action.';
COMMENT ON COLUMN explained_change.what IS 'The change, as in inventory_change.what.';
COMMENT ON COLUMN explained_change.field IS 'The changed attribute; NULL for the image or share as a whole.';
COMMENT ON COLUMN explained_change.became IS 'The value of the attribute afterwards; NULL if the request gives it.';
COMMENT ON VIEW unexplained_change IS 'Changes that a sync found at a cloud and that no action explains.';
COMMENT ON COLUMN unexplained_change.sync_id IS 'The sync that found it.';
COMMENT ON COLUMN unexplained_change.region IS 'The region.';
COMMENT ON COLUMN unexplained_change.image_id IS 'The image.';
COMMENT ON COLUMN unexplained_change.tenant IS 'The tenant that it is or was shared with; NULL for the image itself.';
COMMENT ON COLUMN unexplained_change.what IS 'image-appeared, -changed, -vanished; member-added, -changed, -removed.';
COMMENT ON COLUMN unexplained_change.field IS 'The changed column; NULL if something appeared or vanished.';
COMMENT ON COLUMN unexplained_change.was IS 'The value in the warehouse; NULL if there was none.';
COMMENT ON COLUMN unexplained_change.became IS 'The value at the cloud; NULL if there is none.';
COMMENT ON COLUMN unexplained_change.seen_at IS 'When it was recorded.';

-- The reference data of the embedded cloud. Other clouds tell theirs in a sync.
CREATE MACRO embedded_cloud() AS ('local');

-- The linter cannot read this kind:
-- noqa: disable=PRS
COMMENT ON MACRO embedded_cloud IS 'The name of the embedded cloud: embedded_cloud().';
