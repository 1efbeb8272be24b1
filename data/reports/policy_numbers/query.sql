-- inputs: number_asked
SELECT
    n.name,
    n.value_now,
    n.value_then,
    n.value_now <> n.value_then AS differs,
    n.since,
    n.source
FROM number_asked AS n
ORDER BY differs DESC, n.name
