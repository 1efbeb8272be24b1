-- A slot is an image to be, with what it is if nothing else is found to make it of: an import of a file.
-- Hours with their weight: more from month to month, less at night, at weekends, in August and around New Year.
-- creates: table clock_hour
WITH hour AS (
    SELECT
        h.begins,
        least(h.begins + 3600, getvariable('until')) AS ends,
        make_timestamp(h.begins * 1000000) AS told
    FROM range(getvariable('begins'), getvariable('until'), 3600) AS h (begins)
),

weighed AS (
    SELECT
        h.begins,
        h.ends,
        (100 + 150 * (h.begins - getvariable('begins')) // (getvariable('until') - getvariable('begins')))
        * CASE WHEN isodow(h.told) < 6 THEN 10 WHEN isodow(h.told) = 6 THEN 3 ELSE 2 END
        * CASE WHEN hour(h.told) BETWEEN 7 AND 17 THEN 10 ELSE 3 END
        * CASE WHEN month(h.told) = 8 THEN 6 WHEN dayofyear(h.told) < 4 OR dayofyear(h.told) > 355 THEN 4 ELSE 10 END
            AS weight
    FROM hour AS h
)

SELECT
    w.begins,
    w.ends,
    w.weight::BIGINT AS weight,
    (sum(w.weight) OVER (ORDER BY w.begins) - w.weight)::BIGINT AS weight_before
FROM weighed AS w
