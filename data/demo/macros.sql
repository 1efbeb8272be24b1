-- Chance is a hash of a thing and of what is asked about it, hashed again: two hashes of one thing that differ in the
-- salt alone differ by a constant, so that one would tell the other. Moments are seconds since 1970.
-- A macro's parameters look like types, and are written in small letters (CP05):
-- sqlfluff:exclude_rules:CP05

CREATE OR REPLACE TEMP MACRO chance(thing, about) AS (hash(hash(thing, about)) >> 11)::DOUBLE / 9007199254740992;

-- A number below another, the small ones far more often: the first of 1,000 ten times as often as the fourteenth.
CREATE OR REPLACE TEMP MACRO zipf(many, x) AS least(many, floor(pow(many + 1, x))::BIGINT) - 1;

CREATE OR REPLACE TEMP MACRO one_of(words, x) AS words[1 + floor(x * len(words))::INTEGER];

CREATE OR REPLACE TEMP MACRO some_time(since, beyond, x) AS since + floor((beyond - since) * x)::BIGINT;

CREATE OR REPLACE TEMP MACRO moment(seconds) AS make_timestamptz(seconds::BIGINT * 1000000);

CREATE OR REPLACE TEMP MACRO region_at(x) AS
CASE WHEN x < 0.38 THEN 0 WHEN x < 0.62 THEN 1 WHEN x < 0.80 THEN 2 WHEN x < 0.92 THEN 3 ELSE 4 END;

CREATE OR REPLACE TEMP MACRO region_name(nth) AS
['eu-west-0', 'us-east-0', 'eu-west-1', 'ap-south-0', 'eu-north-0'][nth + 1];

-- Who sells in Marketplace: every ninth of the tenants, from the third on, and not the smallest.
CREATE OR REPLACE TEMP MACRO publisher_at(x) AS
2 + 9 * zipf(least((getvariable('tenants') + 6) // 9, 40), x);

CREATE OR REPLACE TEMP MACRO name_of(role, n, created) AS concat(role, CASE
    WHEN chance(n, 'name') < 0.40
        THEN
            one_of(['-base', '-golden', '-prod', '-std'], chance(n, 'kind of name'))
            || strftime(make_timestamp(created * 1000000), '-%Y-%m')
    WHEN chance(n, 'name') < 0.70 THEN '-v' || (1 + floor(chance(n, 'version') * 40)::INTEGER)
    WHEN chance(n, 'name') < 0.85
        THEN one_of(['-base', '-golden', '-hardened', '-staging', '-lts'], chance(n, 'kind of name'))
    ELSE strftime(make_timestamp(created * 1000000), '-%Y%m%d')
END);

-- The reasons and remedies of rules have gaps for what is meant.
CREATE OR REPLACE TEMP MACRO said_of(sentence, image, tenant, region, to_region, members, kind, service, seller) AS
replace(
    replace(
        replace(
            replace(
                replace(
                    replace(
                        replace(
                            replace(
                                replace(
                                    replace(sentence, '{image_name}', image), '{tenant}', tenant
                                ), '{image_region}', region
                            ), '{region}', to_region
                        ), '{to_region}', to_region
                    ), '{member_count}', members
                ), '{image_type}', kind
            ), '{backup_service}', service
        ), '{origin_publisher}', seller
    ), '{status}', 'deactivated'
)
