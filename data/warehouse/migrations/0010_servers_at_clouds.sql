-- Servers and disks of real clouds, and the flavors that those have. Flavors are loaded anew: they say of which cloud.

ALTER TABLE server ADD COLUMN cloud VARCHAR DEFAULT 'local';

ALTER TABLE volume ADD COLUMN cloud VARCHAR DEFAULT 'local';

ALTER TABLE flavor ADD COLUMN cloud VARCHAR DEFAULT 'local';

COMMENT ON COLUMN server.cloud IS 'The cloud it is in: local (the embedded one) or openstack.';
COMMENT ON COLUMN volume.cloud IS 'The cloud it is in: local (the embedded one) or openstack.';
COMMENT ON COLUMN flavor.cloud IS 'The cloud that has it: local (the embedded one) or openstack.';
