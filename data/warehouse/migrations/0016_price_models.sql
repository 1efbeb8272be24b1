-- What metering and reports need to know of each price model, from the models in domain/pricing.
-- A column is called words (RF04):
-- sqlfluff:exclude_rules:RF04
CREATE TABLE price_model (
    pricing_model VARCHAR NOT NULL,
    words VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    has_currency BOOLEAN NOT NULL,
    amount_by VARCHAR,
    counts_vcpus BOOLEAN NOT NULL,
    needs_history BOOLEAN NOT NULL,
    allows_trial BOOLEAN NOT NULL,
    commitment VARCHAR
);

COMMENT ON TABLE price_model IS 'The price models, and how metering and reports treat each.';
COMMENT ON COLUMN price_model.pricing_model
IS 'Name of the model, as in price.pricing_model and charge.x_pricing_model.';
COMMENT ON COLUMN price_model.words
IS 'The price in words; {amount}, {upfront}, {duration} and {subject} stand for the terms of one price.';
COMMENT ON COLUMN price_model.unit IS 'What an amount is for: Hours, vCPU-Hours, Months, Years or Units.';
COMMENT ON COLUMN price_model.basis
IS 'What begins a charge: time (each interval), month (each with use), once (first use) or year (of a server).';
COMMENT ON COLUMN price_model.has_currency
IS 'Whether the price has a currency; if not, its charges of 0 are in the currency of the server.';
COMMENT ON COLUMN price_model.amount_by
IS 'On what the amount depends: flavor, or tier (of the hours of the tenant''s month); NULL for neither.';
COMMENT ON COLUMN price_model.counts_vcpus IS 'Whether the quantity is multiplied by the vCPUs of the flavor.';
COMMENT ON COLUMN price_model.needs_history
IS 'Whether metering reads all use ever recorded; if not, an hour costs the same whatever was used before it.';
COMMENT ON COLUMN price_model.allows_trial IS 'Whether a trial can cover use at this price.';
COMMENT ON COLUMN price_model.commitment
IS 'FOCUS''s CommitmentDiscountType if an upfront payment covers use; NULL for other models.';
