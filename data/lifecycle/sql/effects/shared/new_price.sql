-- Begin a price version for each offer in the temporary table priced: its start, the price as JSON, and the currency if
-- the price names none. The column amount is for display only; metering reads the column terms.
-- inputs: priced
INSERT INTO price BY NAME
SELECT
    uuidv7()::VARCHAR AS price_id,
    p.offer_id,
    p.said ->> '$.model' AS pricing_model,
    coalesce((p.said ->> '$.amount')::DECIMAL(18, 9), (p.said ->> '$.tiers[0].amount')::DECIMAL(18, 9), 0) AS amount,
    coalesce(p.said ->> '$.currency', p.currency) AS currency,
    m.unit,
    p.valid_from,
    p.said::VARCHAR AS terms
FROM priced AS p
INNER JOIN price_model AS m ON p.said ->> '$.model' = m.pricing_model
