SELECT
    'a contract ends before it begins' AS problem,
    c.contract_id AS thing,
    concat(c.starts_at, ' to ', c.ends_at) AS detail
FROM contract AS c
WHERE c.ends_at <= c.starts_at;
