-- member_count: the number of members of the image before each request, if all earlier requests that no other rule
-- denies are done, up to the limit. already_member: whether the tenant is a member by then.
-- The order of requests matters only for images that can reach the limit in this batch, or that the batch shares twice
-- with one tenant (close). For all other images the count before the batch gives the same verdicts, and costs less.
-- inputs: fact, resolved_image, verdict
WITH turn AS (
    SELECT
        f.row,
        m.image_id,
        f.tenant,
        v.objections = 0 AS open,
        CASE WHEN f.image_type = 'full_ecs' THEN $share_tenants_full_ecs ELSE $share_tenants END AS most
    FROM fact AS f
    INNER JOIN verdict AS v ON f.row = v.row
    LEFT JOIN resolved_image AS m ON f.row = m.row
),

member AS MATERIALIZED (
    SELECT
        image_id,
        tenant
    FROM image_member
    WHERE removed_at IS NULL AND image_id IN (SELECT resolved_image.image_id FROM resolved_image)
),

members AS MATERIALIZED (
    SELECT
        image_id,
        count(*) AS at_first
    FROM member
    GROUP BY image_id
),

close AS MATERIALIZED (
    SELECT asked.image_id
    FROM (
        SELECT
            image_id,
            count(*) AS times,
            min(most) AS most
        FROM turn
        GROUP BY image_id
    ) AS asked
    LEFT JOIN members ON asked.image_id = members.image_id
    WHERE coalesce(members.at_first, 0) + asked.times > asked.most
    UNION
    SELECT image_id
    FROM turn
    GROUP BY image_id, tenant
    HAVING count(*) > 1
),

ordered AS MATERIALIZED (
    SELECT * FROM turn SEMI JOIN close ON turn.image_id = close.image_id
),

-- of several requests for one tenant, the first makes it a member; the others add no member
first_turn AS (
    SELECT
        ordered.image_id,
        ordered.tenant,
        min(ordered.row) AS row
    FROM ordered
    ANTI JOIN member ON ordered.image_id = member.image_id AND ordered.tenant = member.tenant
    WHERE ordered.open
    GROUP BY ordered.image_id, ordered.tenant
),

counted AS MATERIALIZED (
    SELECT
        ordered.row,
        ordered.most,
        first_turn.row AS first_row,
        coalesce(members.at_first, 0) AS at_first,
        coalesce(members.at_first, 0) + count(*) FILTER (WHERE first_turn.row = ordered.row) OVER (
            PARTITION BY ordered.image_id ORDER BY ordered.row
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS asked_before
    FROM ordered
    LEFT JOIN first_turn ON ordered.image_id = first_turn.image_id AND ordered.tenant = first_turn.tenant
    LEFT JOIN members ON ordered.image_id = members.image_id
),

in_order AS (
    SELECT
        later.row,
        coalesce(later.first_row < later.row AND first.asked_before < first.most, FALSE) AS made_member,
        least(later.asked_before, greatest(later.at_first, later.most)) AS member_count
    FROM counted AS later
    LEFT JOIN counted AS first ON later.first_row = first.row
)

SELECT
    turn.row,
    member.tenant IS NOT NULL OR coalesce(in_order.made_member, FALSE) AS already_member,
    coalesce(in_order.member_count, members.at_first, 0) AS member_count
FROM turn
LEFT JOIN member ON turn.image_id = member.image_id AND turn.tenant = member.tenant
LEFT JOIN members ON turn.image_id = members.image_id
LEFT JOIN in_order ON turn.row = in_order.row
