SELECT
    'an image is of no known type or visibility' AS problem,
    i.image_id AS thing,
    i.image_type || ', ' || i.visibility AS detail
FROM image AS i
WHERE
    i.image_type NOT IN ('system_disk', 'data_disk', 'full_ecs', 'iso')
    OR i.visibility NOT IN ('public', 'private', 'shared', 'marketplace');
