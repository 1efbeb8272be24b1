-- What disk a flavor brings along: real clouds have such flavors, and such without.

ALTER TABLE flavor ADD COLUMN disk_gb INTEGER;

COMMENT ON COLUMN flavor.disk_gb
IS 'System disk it brings, in GB of 2^30 bytes; 0: starts from a volume; NULL: as large as the image asks for.';
