-- inputs: ruled, spoken
WITH asked AS (
    SELECT
        r.rule_id,
        max(r.objects_now) AS images,
        max(r.things) AS all_images
    FROM ruled AS r
    GROUP BY r.rule_id
    HAVING images > 0 OR r.rule_id IN (
        'image.not-active', 'share.not-private', 'share.published', 'share.encrypted', 'share.full-ecs-not-cbr',
        'share.tenant-limit'
    )
)

SELECT
    a.rule_id,
    a.images,
    i.image_id,
    i.name,
    i.owner,
    i.region,
    i.image_type,
    s.because,
    coalesce(s.remedy, r.remedy) AS remedy,
    r.source,
    a.all_images
FROM asked AS a
INNER JOIN rule AS r ON a.rule_id = r.rule_id AND r.action = 'share_image'
LEFT JOIN spoken AS s ON a.rule_id = s.rule_id
LEFT JOIN image AS i ON s.thing_id = i.image_id
ORDER BY a.images DESC, a.rule_id, s.place
