-- How many members an image has by the time each request's turn comes, when every earlier request that no other
-- rule forbids has been done, up to the limit; and whether the tenant is a member by then.
WITH turn AS (
    SELECT
        f.row,
        m.image_id,
        f.tenant,
        v.objections = 0 AS open,
        CASE WHEN f.image_type = 'full_ecs' THEN $share_tenants_full_ecs ELSE $share_tenants END AS most
    FROM fact AS f
    INNER JOIN verdict AS v ON f.row = v.row
    LEFT JOIN meant_image AS m ON f.row = m.row
),

member AS (
    SELECT
        image_id,
        tenant
    FROM image_member
    WHERE removed_at IS NULL AND image_id IN (SELECT meant_image.image_id FROM meant_image)
),

members AS (
    SELECT
        image_id,
        count(*) AS at_first
    FROM member
    GROUP BY image_id
),

-- of several requests for one tenant the first is the one that makes it a member
first_turn AS (
    SELECT
        turn.image_id,
        turn.tenant,
        min(turn.row) AS row
    FROM turn
    ANTI JOIN member ON turn.image_id = member.image_id AND turn.tenant = member.tenant
    WHERE turn.open
    GROUP BY turn.image_id, turn.tenant
),

counted AS (
    SELECT
        turn.row,
        turn.image_id,
        turn.tenant,
        turn.most,
        first_turn.row AS first_row,
        coalesce(members.at_first, 0) AS at_first,
        member.tenant IS NOT NULL AS member_at_first,
        coalesce(members.at_first, 0) + count(*) FILTER (WHERE first_turn.row = turn.row) OVER (
            PARTITION BY turn.image_id ORDER BY turn.row
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS asked_before
    FROM turn
    LEFT JOIN first_turn ON turn.image_id = first_turn.image_id AND turn.tenant = first_turn.tenant
    LEFT JOIN member ON turn.image_id = member.image_id AND turn.tenant = member.tenant
    LEFT JOIN members ON turn.image_id = members.image_id
),

placed AS (
    SELECT
        row,
        asked_before < most AS fits
    FROM counted
    WHERE row = first_row
)

SELECT
    c.row,
    c.member_at_first OR coalesce(c.first_row < c.row AND placed.fits, FALSE) AS already_member,
    least(c.asked_before, greatest(c.at_first, c.most)) AS member_count
FROM counted AS c
LEFT JOIN placed ON c.first_row = placed.row
