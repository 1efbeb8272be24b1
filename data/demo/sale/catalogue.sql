-- What is on sale: the most used offer first. Prices are models of the catalogue with an amount of their own.
-- creates: table catalogue
SELECT
    p.place,
    p.model,
    p.amounts,
    concat(
        '{"lineage":true,',
        CASE WHEN p.model NOT IN ('free', 'byol') THEN '"currency":"@currency",' END,
        CASE p.time
            WHEN 'exact'
                THEN
                    '"granularity":"second","rounding":"none","min_seconds":0,"aggregation":"start",'
                    || '"billable_states":{"running":"1"},"time_zone":"UTC",'
            WHEN 'begun hours'
                THEN
                    '"granularity":"hour","rounding":"up","min_seconds":0,"aggregation":"hour",'
                    || '"billable_states":{"running":"1"},"time_zone":"Europe/Paris",'
            WHEN 'stopped too'
                THEN
                    '"granularity":"minute","rounding":"up","min_seconds":600,"aggregation":"start",'
                    || '"billable_states":{"running":"1","stopped":"0.25"},"time_zone":"UTC",'
        END,
        CASE WHEN p.before <> '' THEN p.before || ',' END,
        '"model":"', p.model, '"',
        CASE
            WHEN p.model NOT IN ('free', 'byol', 'contract', 'flavor_hourly', 'tiered') THEN ',"amount":"@amount"'
        END,
        CASE WHEN p.after <> '' THEN ',' || p.after END,
        '}'
    ) AS terms
FROM (
    VALUES
    (0, 'hourly', ['0.02', '0.05', '0.08', '0.12', '0.19', '0.35'], 'exact', '', ''),
    (1, 'contract', ['0.06', '0.09', '0.15'], 'exact', '', '"upfront":"120","months":3,"amount":"@amount"'),
    (2, 'vcpu_hourly', ['0.008', '0.012', '0.02', '0.035'], 'exact', '"trial":{"days":14,"servers":1}', ''),
    (3, 'monthly', ['9.90', '19', '29.90', '49'], '', '', '"per":"server","proration":"day_30","time_zone":"UTC"'),
    (4, 'free', ['0'], '', '', ''),
    (5, 'flavor_hourly', ['0.04', '0.07', '0.11'], 'exact', '', '"amounts":{"s3.large.2":"0.03"},"amount":"@amount"'),
    (6, 'tiered', ['0.05', '0.09', '0.16'], 'exact', '', '"tiers":[@tiers],"mode":"graduated"'),
    (7, 'byol', ['0'], '', '', ''),
    (8, 'yearly', ['99', '249', '490', '1200'], '', '', ''),
    (9, 'hourly', ['0.04', '0.10', '0.24'], 'stopped too', '', ''),
    (10, 'one_time', ['25', '60', '149'], '', '', '"per":"server"'),
    (11, 'hourly', ['0.03', '0.06', '0.14'], 'begun hours', '"minimum":"20"', ''),
    (12, 'monthly', ['79', '149', '299'], '', '', '"per":"subscription","proration":"none","time_zone":"Europe/Paris"'),
    (13, 'vcpu_hourly', ['0.015', '0.03'], 'exact', '"trial":{"days":30,"credit":"25"}', '')
) AS p (place, model, amounts, time, before, after)
