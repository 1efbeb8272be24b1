-- What the clouds hold. Rows are never removed: what was true on a given day can be asked later.
-- Sizes are in bytes unless a name says otherwise; every time is UTC.

CREATE TABLE image (
    image_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    visibility VARCHAR NOT NULL,
    image_type VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    os_type VARCHAR,
    os_distribution VARCHAR,
    os_version VARCHAR,
    architecture VARCHAR NOT NULL,
    disk_format VARCHAR NOT NULL,
    size_bytes BIGINT,
    virtual_size_bytes BIGINT,
    min_disk_gb INTEGER NOT NULL,
    min_ram_mb INTEGER NOT NULL,
    checksum VARCHAR,
    encrypted BOOLEAN NOT NULL,
    kms_key_id VARCHAR,
    source_kind VARCHAR NOT NULL,
    source_id VARCHAR,
    origin_image_id VARCHAR NOT NULL,
    backup_service VARCHAR,
    published BOOLEAN NOT NULL,
    protected BOOLEAN NOT NULL,
    description VARCHAR,
    tags VARCHAR[] NOT NULL,
    deprecated_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ,
    blob VARCHAR
);

CREATE TABLE image_member (
    image_id VARCHAR NOT NULL,
    tenant VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    shared_at TIMESTAMPTZ NOT NULL,
    accepted_at TIMESTAMPTZ,
    removed_at TIMESTAMPTZ
);

CREATE TABLE offer (
    offer_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    image_id VARCHAR NOT NULL,
    publisher VARCHAR NOT NULL,
    pricing_model VARCHAR NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ
);

-- What an offer costs from valid_from (inclusive) until valid_to (exclusive); unit is what amount is for.
CREATE TABLE price (
    price_id VARCHAR NOT NULL,
    offer_id VARCHAR NOT NULL,
    pricing_model VARCHAR NOT NULL,
    amount DECIMAL(18, 9) NOT NULL,
    currency VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);

CREATE TABLE server (
    server_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    flavor VARCHAR NOT NULL,
    image_id VARCHAR NOT NULL,
    system_disk_gb INTEGER NOT NULL,
    state VARCHAR NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ,
    blob VARCHAR,
    kms_key_id VARCHAR
);

CREATE TABLE server_span (
    server_id VARCHAR NOT NULL,
    image_id VARCHAR NOT NULL,
    flavor VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);

CREATE TABLE volume (
    volume_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    image_id VARCHAR NOT NULL,
    size_gb INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ,
    blob VARCHAR,
    kms_key_id VARCHAR
);

CREATE TABLE backup (
    backup_id VARCHAR NOT NULL,
    server_id VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    service VARCHAR NOT NULL,
    image_id VARCHAR NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    blob VARCHAR,
    kms_key_id VARCHAR
);
