SELECT
    'an offer was withdrawn before it was published' AS problem,
    o.offer_id AS thing,
    concat(o.published_at, ' to ', o.withdrawn_at) AS detail
FROM offer AS o
WHERE o.withdrawn_at < o.published_at;
