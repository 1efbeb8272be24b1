-- The tenants, the biggest owner first. Names are made of three syllables, each triple once. Who is given much is not
-- in the order of who owns much: liked is the place among recipients of shares.
-- creates: table tenant
WITH known AS (
    SELECT [
        'acme', 'umbrella', 'initech', 'globex', 'hooli', 'softco', 'wonka', 'cyberdyne', 'tyrell', 'soylent',
        'vandelay', 'stark', 'wayne', 'aperture', 'oscorp', 'monarch', 'gringotts', 'virtucon', 'bluth', 'zorg',
        'northwind', 'contoso', 'pied-piper', 'dbco', 'octan', 'prestige', 'sirius', 'blue-sun', 'abstergo', 'weyland'
    ] AS names
),

numbered AS (
    SELECT
        t.n,
        k.names,
        (t.n * 196613 + 12345) % 512000 AS code
    FROM range(getvariable('tenants')) AS t (n)
    CROSS JOIN known AS k
),

syllable AS (
    SELECT list(consonant || vowel ORDER BY consonant, vowel) AS said
    FROM (SELECT unnest(string_split('bdfghjklmnprstvz', '')) AS consonant) AS c
    CROSS JOIN (SELECT unnest(string_split('aeiou', '')) AS vowel) AS v
)

SELECT
    n.n AS owner,
    CASE
        WHEN n.n < len(n.names) THEN n.names[n.n + 1]
        ELSE concat(
            s.said[n.code % 80 + 1], s.said[n.code // 80 % 80 + 1], s.said[n.code // 6400 + 1],
            one_of(['', '-labs', '-soft', '-group', '-cloud', '-bank', '-media', '-retail'], chance(n.n, 'ending'))
        )
    END AS name,
    row_number() OVER (ORDER BY (n.n + 3) * (0.2 + chance(n.n, 'liked')), n.n) - 1 AS liked
FROM numbered AS n
CROSS JOIN syllable AS s
