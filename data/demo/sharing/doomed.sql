-- Which images are to be deleted, and until when they are used at least: nothing begins with them after that.
-- inputs: made, sale
-- creates: table doomed
SELECT
    i.n,
    greatest(i.created + (getvariable('until') - i.created) // 2, s.withdrawn_at) AS used_until
FROM made AS i
LEFT JOIN sale AS s ON i.n = s.n
WHERE
    chance(i.n, 'deleted')
    < 0.07 + 0.2 * (getvariable('until') - i.created) / (getvariable('until') - getvariable('begins'))
    AND NOT i.protected AND i.owner >= 0
    AND (i.fate <> 'sold' OR s.withdrawn_at IS NOT NULL)
    AND i.created < getvariable('until') - 3600
