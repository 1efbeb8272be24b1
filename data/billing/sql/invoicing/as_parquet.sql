SELECT c.*
FROM (__rows__) AS c
