-- One row: a contract that began before the variable reach. It covers any servers of the tenant, so it has no
-- server_id. upfront: the price for one server. list_price: an hour without the contract, as it was when the contract
-- was bought. charge_price_id: charges of contracts name the contract, because its price version may no longer be
-- valid.
-- creates: table contract_commitment
SELECT
    c.contract_id AS commitment_id,
    m.pricing_model,
    m.commitment AS commitment_type,
    c.offer_id,
    c.tenant,
    c.region,
    NULL AS server_id,
    c.price_id,
    c.contract_id AS charge_price_id,
    c.servers,
    c.upfront,
    c.hourly AS list_price,
    c.currency,
    epoch_us(c.starts_at) AS begins,
    epoch_us(c.ends_at) AS ends
FROM contract AS c
CROSS JOIN price_model AS m
WHERE m.pricing_model = 'contract' AND c.starts_at < getvariable('reach')
