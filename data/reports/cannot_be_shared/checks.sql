SELECT
    'a rule of sharing is not recorded' AS problem,
    asked.rule_id AS thing,
    'share_image' AS detail
FROM (
    VALUES ('image.not-active'), ('share.not-private'), ('share.published'), ('share.encrypted'),
    ('share.full-ecs-not-cbr'), ('share.tenant-limit')
) AS asked (rule_id)
ANTI JOIN rule AS r ON asked.rule_id = r.rule_id AND r.action = 'share_image';
