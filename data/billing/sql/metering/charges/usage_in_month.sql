-- One row: the part of a usage interval in the month. first_us, last_us: microseconds since 1970, half open.
-- inputs: usage_interval
-- creates: view usage_in_month
SELECT
    u.*,
    greatest(u.begins, epoch_us(getvariable('month_begins'))) AS first_us,
    least(u.ends, epoch_us(getvariable('month_ends'))) AS last_us
FROM usage_interval AS u
WHERE u.begins < epoch_us(getvariable('month_ends')) AND u.ends > epoch_us(getvariable('month_begins'))
