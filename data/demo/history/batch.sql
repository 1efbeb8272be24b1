-- inputs: log_line
INSERT INTO batch BY NAME
SELECT
    l.batch_id,
    'demo-data' AS source,
    'seed' AS profile,
    count(*) AS requests,
    moment(max(l.begun)) AS begun_at
FROM log_line AS l
GROUP BY l.batch_id
