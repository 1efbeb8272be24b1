-- The embedded cloud's flavors and their hourly prices, and the charges for use.

CREATE TABLE flavor (
    flavor VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    vcpus INTEGER NOT NULL,
    ram_mb INTEGER NOT NULL,
    hourly DECIMAL(18, 9) NOT NULL,
    currency VARCHAR NOT NULL
);

-- Which version of flavor, rule and rule_limit is loaded.
CREATE TABLE reference_version (
    sha VARCHAR NOT NULL
);
