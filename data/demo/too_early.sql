-- Whether the world would begin before servers have prices.
SELECT
    getvariable('begins') < epoch(min(f.valid_from)) AS too_early,
    strftime(to_timestamp(getvariable('begins')), '%Y-%m-%d') AS begins,
    strftime(min(f.valid_from), '%Y-%m-%d') AS priced_from
FROM flavor_price AS f
