-- The price list is the embedded cloud's. A real cloud may call a flavor the same and ask another price.

ALTER TABLE flavor_price ADD COLUMN cloud VARCHAR DEFAULT 'local';

COMMENT ON COLUMN flavor_price.cloud IS 'The cloud that asks it: local (the embedded one) or openstack.';
