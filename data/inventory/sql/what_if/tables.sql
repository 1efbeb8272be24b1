CREATE OR REPLACE TEMP TABLE number_asked (
    name VARCHAR,
    value_now VARCHAR,
    value_then VARCHAR,
    since DATE,
    source VARCHAR
);

CREATE OR REPLACE TEMP TABLE ruled (
    action VARCHAR,
    rule_id VARCHAR,
    source VARCHAR,
    things BIGINT,
    allowed_now BIGINT,
    allowed_then BIGINT,
    objects_now BIGINT,
    objects_then BIGINT,
    newly BIGINT,
    no_longer BIGINT
);

CREATE OR REPLACE TEMP TABLE spoken (
    action VARCHAR,
    rule_id VARCHAR,
    thing_id VARCHAR,
    change VARCHAR,
    place BIGINT,
    because VARCHAR,
    remedy VARCHAR
);

-- The bit of each rule of the action at hand.
CREATE OR REPLACE TEMP TABLE bit (
    rule_id VARCHAR,
    bit BIGINT,
    source VARCHAR
);
