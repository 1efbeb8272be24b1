-- inputs: made
UPDATE machine
SET last_used = captured.last_used
FROM (
    SELECT
        i.m,
        max(i.created) AS last_used
    FROM made AS i
    WHERE i.m IS NOT NULL AND i.wave = getvariable('wave')
    GROUP BY i.m
) AS captured
WHERE machine.m = captured.m
