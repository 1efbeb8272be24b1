-- inputs: done, request, resolved_image
UPDATE image
SET
    name = coalesce(changed.name, image.name),
    description = coalesce(changed.description, image.description),
    tags = coalesce(changed.tags, image.tags),
    protected = coalesce(changed.protected, image.protected),
    min_disk_gb = coalesce(changed.min_disk_gb, image.min_disk_gb),
    min_ram_mb = coalesce(changed.min_ram_mb, image.min_ram_mb),
    updated_at = changed.happened_at
FROM (
    SELECT
        m.image_id,
        r.*
    FROM done AS d
    INNER JOIN request AS r ON d.row = r.row
    INNER JOIN resolved_image AS m ON d.row = m.row
) AS changed
WHERE image.image_id = changed.image_id
