SELECT
    'a flavor has no vCPUs' AS problem,
    f.flavor AS thing,
    f.vcpus::VARCHAR AS detail
FROM flavor AS f
WHERE f.vcpus <= 0;
