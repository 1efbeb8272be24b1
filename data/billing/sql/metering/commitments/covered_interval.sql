-- One row: an interval with one cover: commitment, trial (free), or charged. credited: a trial with a credit holds, so
-- that the charge is given back later. Commitments come before trials: what they cover takes no place of a trial.
-- inputs: committed_interval, trial
-- creates: table covered_interval
WITH trial_place AS (
    SELECT
        w.interval_id,
        w.begins,
        row_number() OVER (PARTITION BY w.tenant, w.offer_id, w.begins ORDER BY w.run_begins, w.server_id) AS place
    FROM committed_interval AS w
    WHERE w.is_ranked AND w.commitment_id IS NULL AND w.rate > 0 AND w.allows_trial
),

covered AS (
    SELECT
        w.* EXCLUDE (year_commitment_id, is_ranked),
        CASE
            WHEN w.commitment_id IS NOT NULL THEN 'commitment'
            WHEN
                t.credit IS NULL AND w.allows_trial
                AND w.begins >= t.begins AND w.begins < t.ends
                AND (t.servers IS NULL OR p.place <= t.servers)
                THEN 'trial'
            ELSE 'charged'
        END AS cover,
        coalesce(t.credit IS NOT NULL AND w.begins < t.ends, FALSE) AS credited
    FROM committed_interval AS w
    LEFT JOIN trial_place AS p ON w.interval_id = p.interval_id AND w.begins = p.begins
    LEFT JOIN trial AS t ON w.tenant = t.tenant AND w.offer_id = t.offer_id
),

-- Neighbours with the same cover become one interval again. Otherwise every start of a server would cut the charges
-- of all others, although nothing changes for them.
changed AS (
    SELECT
        c.*,
        (
            lag(concat_ws('/', c.cover, c.credited, c.commitment_id))
                OVER (PARTITION BY c.interval_id ORDER BY c.begins)
            IS DISTINCT FROM concat_ws('/', c.cover, c.credited, c.commitment_id)
        ) AS changes
    FROM covered AS c
),

numbered AS (
    SELECT
        c.*,
        sum(c.changes::INTEGER) OVER (PARTITION BY c.interval_id ORDER BY c.begins) AS nth
    FROM changed AS c
)

SELECT
    n.* EXCLUDE (ends, changes, nth),
    max(n.ends) OVER (PARTITION BY n.interval_id, n.nth) AS ends
FROM numbered AS n
QUALIFY n.changes
