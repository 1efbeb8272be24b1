-- creates: table os
SELECT
    o.os,
    o.distribution,
    o.version,
    CASE WHEN o.distribution = 'windows-server' THEN 'windows' ELSE 'linux' END AS os_type
FROM (
    VALUES (0, 'ubuntu', '22.04'), (1, 'debian', '12'), (2, 'windows-server', '2019'), (3, 'ubuntu', '24.04'),
    (4, 'almalinux', '9'), (5, 'windows-server', '2022'), (6, 'ubuntu', '20.04'), (7, 'debian', '11'),
    (8, 'centos', '7'), (9, 'rocky', '9'), (10, 'sles', '15.5'), (11, 'debian', '13'), (12, 'windows-server', '2016'),
    (13, 'alpine', '3.22'), (14, 'almalinux', '8'), (15, 'ubuntu', '18.04'), (16, 'rhel', '8'),
    (17, 'windows-server', '2012-r2'), (18, 'rocky', '8'), (19, 'windows-server', '2025')
) AS o (os, distribution, version)
