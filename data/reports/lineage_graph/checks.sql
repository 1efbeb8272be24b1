SELECT
    'an image was made of another and stems from itself' AS problem,
    i.image_id AS thing,
    i.source_kind AS detail
FROM image AS i
WHERE i.source_kind <> 'file' AND i.origin_image_id = i.image_id;
