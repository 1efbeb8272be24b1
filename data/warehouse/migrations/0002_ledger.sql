-- What was asked, judged and done. action_log is only ever appended to.
-- seq counts the actions of a batch from 1; line counts what was judged (an action on n tenants is n lines).

CREATE TABLE batch (
    batch_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    profile VARCHAR NOT NULL,
    content VARCHAR,
    requests BIGINT NOT NULL,
    begun_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE action_log (
    action_id VARCHAR NOT NULL,
    batch_id VARCHAR NOT NULL,
    flow_run_id VARCHAR,
    line BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    action VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    image_id VARCHAR,
    tenant VARCHAR,
    request VARCHAR NOT NULL,
    verdict VARCHAR NOT NULL,
    denied_by VARCHAR[] NOT NULL,
    because VARCHAR[] NOT NULL,
    remedy VARCHAR[] NOT NULL,
    outcome VARCHAR,
    error VARCHAR,
    requested_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE rule (
    rule_id VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    forbidden_when VARCHAR NOT NULL,
    because VARCHAR NOT NULL,
    remedy VARCHAR NOT NULL,
    source VARCHAR NOT NULL
);

CREATE TABLE rule_limit (
    profile VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    since DATE NOT NULL,
    source VARCHAR NOT NULL
);
