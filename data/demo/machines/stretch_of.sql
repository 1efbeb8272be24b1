-- builders, between one image and the next.
-- inputs: rig
-- creates: table stretch_of
SELECT
    r.m,
    r.server_id,
    r.created + floor(r.life * p.since)::BIGINT AS since,
    CASE WHEN p.till = 1 THEN r.gone ELSE r.created + floor(r.life * p.till)::BIGINT END AS till,
    p.state,
    list_extract(
        CASE r.target
            WHEN 'bms' THEN ['physical.s3.large', 'physical.o2.medium', 'physical.s4.large', 'physical.d2.large']
            ELSE [
                's3.large.2', 's3.medium.4', 's3.xlarge.2', 's6.large.4', 'c3.xlarge.2', 's3.medium.2', 'c6.large.4',
                's3.xlarge.4', 'm3.large.8', 's6.2xlarge.2', 'c3.2xlarge.4', 'm3.xlarge.8', 's6.4xlarge.4'
            ]
        END,
        1 + r.size + p.resized
    ) AS flavor,
    p.till = 1 AS is_last
FROM rig AS r
INNER JOIN (
    VALUES (0, 0.0, 1.0, 'running', 0),
    (1, 0.0, 0.4, 'running', 0), (1, 0.4, 0.65, 'stopped', 0), (1, 0.65, 1.0, 'running', 0),
    (2, 0.0, 0.7, 'running', 0), (2, 0.7, 1.0, 'stopped', 0),
    (3, 0.0, 0.55, 'running', 0), (3, 0.55, 1.0, 'running', 1),
    (4, 0.0, 0.3, 'running', 0), (4, 0.3, 0.35, 'stopped', 0), (4, 0.35, 0.6, 'running', 0),
    (4, 0.6, 0.7, 'stopped', 1), (4, 0.7, 1.0, 'running', 1),
    (5, 0.0, 0.1, 'running', 0), (5, 0.1, 0.5, 'stopped', 0), (5, 0.5, 0.6, 'running', 0),
    (5, 0.6, 0.9, 'stopped', 0), (5, 0.9, 1.0, 'running', 0)
) AS p (pattern, since, till, state, resized) ON r.pattern = p.pattern
