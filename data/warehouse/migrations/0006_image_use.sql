-- Who used an image and when last, when a share was rejected, and when operating systems lose their support.
-- A name that ends in _at is a table macro, asked with a moment; its parameter belongs to no table (RF02), and
-- the later parts of a UNION have the names of the first (AL03):
-- sqlfluff:exclude_rules:AL03,AM04,CP05,RF02,RF03,ST06

ALTER TABLE image_member ADD COLUMN rejected_at TIMESTAMPTZ;

-- Shares as they stood. Of a share that was rejected before its time was recorded it is not known when.
CREATE OR REPLACE MACRO member_at(moment) AS TABLE
    SELECT
        m.image_id,
        m.tenant,
        m.shared_at,
        CASE WHEN m.accepted_at <= moment THEN m.accepted_at END AS accepted_at,
        CASE
            WHEN m.status = 'rejected' AND (m.rejected_at IS NULL OR m.rejected_at <= moment) THEN 'rejected'
            WHEN m.accepted_at <= moment OR (m.status = 'accepted' AND m.accepted_at IS NULL) THEN 'accepted'
            WHEN m.rejected_at <= moment THEN 'rejected'
            ELSE 'pending'
        END AS status
    FROM image_member AS m
    WHERE m.shared_at <= moment AND (m.removed_at IS NULL OR m.removed_at > moment);

-- One row an image and a tenant that has used it: how many servers and disks it has of it, how often it was copied and
-- exported, and when it was used last. A server uses its image for as long as it exists, running or stopped.
CREATE MACRO image_use_at(moment) AS TABLE
    WITH used AS (
        SELECT
            p.image_id,
            s.owner AS tenant,
            (p.ended_at IS NULL OR p.ended_at > moment)::INTEGER AS servers,
            0 AS volumes,
            0 AS copies,
            0 AS exports,
            least(coalesce(p.ended_at, moment), moment) AS last_used_at
        FROM server_span AS p
        INNER JOIN server AS s ON p.server_id = s.server_id
        WHERE p.started_at <= moment
        UNION ALL
        SELECT
            v.image_id,
            v.owner,
            0,
            (v.deleted_at IS NULL OR v.deleted_at > moment)::INTEGER,
            0,
            0,
            least(coalesce(v.deleted_at, moment), moment)
        FROM volume AS v
        WHERE v.created_at <= moment
        UNION ALL
        SELECT
            i.source_id,
            i.owner,
            0,
            0,
            1,
            0,
            i.created_at
        FROM image AS i
        WHERE i.source_kind = 'image' AND i.created_at <= moment
        UNION ALL
        SELECT
            l.image_id,
            l.actor,
            0,
            0,
            0,
            1,
            l.requested_at
        FROM action_log AS l
        WHERE l.action = 'export_image' AND l.outcome = 'done' AND l.requested_at <= moment
    )

    SELECT
        u.image_id,
        u.tenant,
        sum(u.servers)::BIGINT AS servers,
        sum(u.volumes)::BIGINT AS volumes,
        sum(u.copies)::BIGINT AS copies,
        sum(u.exports)::BIGINT AS exports,
        max(u.last_used_at) AS last_used_at
    FROM used AS u
    GROUP BY u.image_id, u.tenant;

-- As before, but each kind of source by itself: joins that no row needs took most of the time.
CREATE OR REPLACE VIEW image_parent AS
WITH span AS (
    SELECT
        s.server_id,
        s.image_id,
        s.started_at
    FROM server_span AS s
    WHERE s.ended_at IS NULL OR s.ended_at > s.started_at
)

SELECT
    i.image_id,
    coalesce(copied.image_id, nullif(i.origin_image_id, i.image_id)) AS parent_image_id
FROM image AS i
LEFT JOIN image AS copied ON i.source_id = copied.image_id
WHERE i.source_kind = 'image'
UNION ALL
SELECT
    i.image_id,
    coalesce(span.image_id, nullif(i.origin_image_id, i.image_id))
FROM image AS i
ASOF LEFT JOIN span ON i.source_id = span.server_id AND i.created_at >= span.started_at
WHERE i.source_kind = 'server' AND i.image_type <> 'data_disk'
UNION ALL
SELECT
    i.image_id,
    coalesce(v.image_id, nullif(i.origin_image_id, i.image_id))
FROM image AS i
LEFT JOIN volume AS v ON i.source_id = v.volume_id
WHERE i.source_kind = 'volume'
UNION ALL
SELECT
    i.image_id,
    coalesce(b.image_id, nullif(i.origin_image_id, i.image_id))
FROM image AS i
LEFT JOIN backup AS b ON i.source_id = b.backup_id
WHERE i.source_kind = 'backup'
UNION ALL
SELECT
    i.image_id,
    nullif(i.origin_image_id, i.image_id)
FROM image AS i
WHERE
    i.source_kind NOT IN ('image', 'server', 'volume', 'backup')
    OR (i.source_kind = 'server' AND i.image_type = 'data_disk');

-- When the vendor of an operating system stops mending it: for all, and for those who pay for longer support.
-- A version stands for all that begin with it: 12 for 12.5 too.
CREATE TABLE os_end_of_life (
    distribution VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    ends_on DATE NOT NULL,
    paid_support_ends_on DATE,
    source VARCHAR NOT NULL,
    checked_on DATE NOT NULL
);

-- It has to be loaded anew.
DELETE FROM reference_version;
