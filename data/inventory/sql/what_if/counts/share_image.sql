-- inputs: fact
SELECT
    f.row,
    FALSE AS already_member,
    f.members AS member_count
FROM fact AS f
