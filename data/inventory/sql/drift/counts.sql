-- inputs: found, held, needed
SELECT
    (SELECT count(*) FROM needed) AS needed,
    (SELECT count(*) FROM held) AS stored,
    (SELECT count(*) FILTER (h.in_doubt) FROM held AS h) AS in_doubt,
    count(*) FILTER (f.problem = 'missing') AS missing,
    count(*) FILTER (f.problem = 'damaged') AS damaged,
    count(*) FILTER (f.problem = 'stray') AS stray,
    coalesce(sum(f.found_bytes) FILTER (f.problem = 'stray'), 0)::BIGINT AS stray_bytes,
    count(*) FILTER (f.usable) AS usable
FROM found AS f
