-- Some of what was done in the last sixty days, as requests; exports, which nothing else remembers, from all along.
SET VARIABLE lately = greatest(getvariable('begins'), getvariable('until') - 60 * 86400)::BIGINT
