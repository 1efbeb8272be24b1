-- What analysts ask: what there is, what there was at a moment, and what use cost.
-- A name that ends in _at or _until is a table macro, asked with a moment: SELECT * FROM charge_until(now()).
-- FOCUS writes its names in mixed case (CP02), a macro's parameter belongs to no table (RF02, RF03, CP05), and
-- the columns stand in FOCUS's order, or as the table has them (ST06, AM04):
-- sqlfluff:exclude_rules:CP02,CP05,RF02,RF03,ST06,AM04

CREATE VIEW current_image AS
SELECT * FROM image
WHERE deleted_at IS NULL;

CREATE VIEW current_member AS
SELECT m.*
FROM image_member AS m
INNER JOIN image AS i ON m.image_id = i.image_id
WHERE m.removed_at IS NULL AND i.deleted_at IS NULL;

-- Shares as they stood. When a share was rejected is not known: it counts as rejected from the start.
CREATE MACRO member_at(moment) AS TABLE
    SELECT
        m.image_id,
        m.tenant,
        m.shared_at,
        CASE WHEN m.accepted_at <= moment THEN m.accepted_at END AS accepted_at,
        CASE
            WHEN m.status = 'rejected' THEN 'rejected'
            WHEN m.accepted_at <= moment OR (m.status = 'accepted' AND m.accepted_at IS NULL) THEN 'accepted'
            ELSE 'pending'
        END AS status
    FROM image_member AS m
    WHERE m.shared_at <= moment AND (m.removed_at IS NULL OR m.removed_at > moment);

-- Images that existed, and how each was offered: to all, on sale, to some tenants, or to nobody else.
CREATE MACRO image_at(moment) AS TABLE
    WITH member AS (
        SELECT
            m.image_id,
            count(*) AS members
        FROM image_member AS m
        WHERE m.shared_at <= moment AND (m.removed_at IS NULL OR m.removed_at > moment)
        GROUP BY m.image_id
    ),

    on_sale AS (
        SELECT DISTINCT o.image_id
        FROM offer AS o
        WHERE o.published_at <= moment AND (o.withdrawn_at IS NULL OR o.withdrawn_at > moment)
    )

    SELECT
        i.*,
        coalesce(member.members, 0) AS members,
        CASE
            WHEN i.visibility = 'public' THEN 'public'
            WHEN on_sale.image_id IS NOT NULL THEN 'marketplace'
            WHEN member.members > 0 THEN 'shared'
            ELSE 'private'
        END AS kind,
        coalesce(i.deprecated_at <= moment, FALSE) AS deprecated
    FROM image AS i
    LEFT JOIN member ON i.image_id = member.image_id
    LEFT JOIN on_sale ON i.image_id = on_sale.image_id
    WHERE i.created_at <= moment AND (i.deleted_at IS NULL OR i.deleted_at > moment);

-- The image that each image was made of: its source, or the image that its source was running or made from when
-- the image was made. A captured data disk says no more than the origin of its lineage.
CREATE VIEW image_parent AS
WITH asked AS (
    SELECT
        i.image_id,
        i.source_kind,
        i.source_id,
        i.origin_image_id,
        i.created_at,
        CASE WHEN i.source_kind = 'server' AND i.image_type <> 'data_disk' THEN i.source_id END AS server_id
    FROM image AS i
),

span AS (
    SELECT
        s.server_id,
        s.image_id,
        s.started_at
    FROM server_span AS s
    WHERE s.ended_at IS NULL OR s.ended_at > s.started_at
)

SELECT
    a.image_id,
    coalesce(copied.image_id, span.image_id, v.image_id, b.image_id, nullif(a.origin_image_id, a.image_id))
        AS parent_image_id
FROM asked AS a
LEFT JOIN image AS copied ON a.source_kind = 'image' AND a.source_id = copied.image_id
LEFT JOIN volume AS v ON a.source_kind = 'volume' AND a.source_id = v.volume_id
LEFT JOIN backup AS b ON a.source_kind = 'backup' AND a.source_id = b.backup_id
ASOF LEFT JOIN span ON a.server_id = span.server_id AND a.created_at >= span.started_at;

-- The offers whose price an image carries: its own, and those that an image it stems from had been put on sale
-- under before the image was made. (UNION, not UNION ALL: a lineage that bites its own tail must still end.)
CREATE VIEW image_offer AS
WITH RECURSIVE child AS MATERIALIZED (
    SELECT
        p.image_id,
        p.parent_image_id,
        i.created_at
    FROM image_parent AS p
    INNER JOIN image AS i ON p.image_id = i.image_id
    WHERE p.parent_image_id IS NOT NULL
),

descent AS (
    SELECT
        o.image_id AS offered_image_id,
        o.image_id,
        TIMESTAMPTZ 'infinity' AS left_at
    FROM offer AS o
    UNION
    SELECT
        d.offered_image_id,
        c.image_id,
        least(d.left_at, c.created_at) AS left_at
    FROM descent AS d
    INNER JOIN child AS c ON d.image_id = c.parent_image_id
)

SELECT DISTINCT
    d.image_id,
    o.offer_id,
    o.published_at
FROM descent AS d
INNER JOIN offer AS o ON d.offered_image_id = o.image_id AND d.left_at >= o.published_at;

-- The columns of FOCUS 1.2. One row a stretch of use, price part (server, image) and price version, and calendar
-- month in UTC. Only running servers are charged. An image part is there where the image carries an offer: the one
-- put on sale last when the stretch began. Free ones cost 0. Who owns an offered image no longer pays for use that
-- begins after the offer was withdrawn; everybody else who still has the image does.
CREATE MACRO charge_until(moment) AS TABLE
    WITH stretch AS (
        SELECT
            s.server_id,
            s.image_id,
            s.flavor,
            s.started_at,
            v.name,
            v.owner,
            v.region,
            v.target,
            least(coalesce(s.ended_at, moment), moment) AS ended_at
        FROM server_span AS s
        INNER JOIN server AS v ON s.server_id = v.server_id
        WHERE s.state = 'running' AND s.started_at < moment AND (s.ended_at IS NULL OR s.ended_at > s.started_at)
    ),

    offered AS (
        SELECT
            s.*,
            f.hourly,
            f.currency,
            CASE WHEN o.withdrawn_at <= s.started_at AND sold.owner = s.owner THEN NULL ELSE o.offer_id END AS offer_id
        FROM stretch AS s
        ASOF LEFT JOIN image_offer AS i ON s.image_id = i.image_id AND s.started_at >= i.published_at
        LEFT JOIN offer AS o ON i.offer_id = o.offer_id
        LEFT JOIN image AS sold ON o.image_id = sold.image_id
        LEFT JOIN flavor AS f ON s.flavor = f.flavor
    ),

    part AS (
        SELECT
            s.*,
            'server' AS kind,
            s.started_at AS since,
            s.ended_at AS till,
            s.hourly::DECIMAL(18, 9) AS unit_price,
            s.currency AS billed_in,
            s.flavor AS sku_id,
            s.flavor || '/hourly' AS price_id,
            'hourly' AS pricing_model
        FROM offered AS s
        WHERE s.hourly IS NOT NULL
        UNION ALL
        SELECT
            s.*,
            'image' AS kind,
            greatest(s.started_at, p.valid_from) AS since,
            least(s.ended_at, p.valid_to) AS till,
            p.amount AS unit_price,
            CASE WHEN p.amount = 0 THEN coalesce(s.currency, p.currency) ELSE p.currency END AS billed_in,
            p.offer_id AS sku_id,
            p.price_id,
            p.pricing_model
        FROM offered AS s
        INNER JOIN price AS p ON s.offer_id = p.offer_id
        WHERE
            p.pricing_model IN ('free', 'hourly')
            AND p.valid_from < s.ended_at AND coalesce(p.valid_to, 'infinity') > greatest(s.started_at, p.valid_from)
    ),

    -- Months are counted in UTC, whatever the time zone of the session.
    monthly AS (
        SELECT
            p.*,
            unnest(generate_series(
                date_trunc('month', p.since AT TIME ZONE 'UTC'),
                (p.till AT TIME ZONE 'UTC') - INTERVAL 1 MICROSECOND,
                INTERVAL 1 MONTH
            )) AS month_utc
        FROM part AS p
    ),

    -- Moments are rounded to billionths of an hour, not lengths: so the hours of the pieces of a stretch add up to the
    -- hours of the stretch, however it is cut.
    measured AS (
        SELECT
            m.*,
            m.month_utc AT TIME ZONE 'UTC' AS month_begins,
            (m.month_utc + INTERVAL 1 MONTH) AT TIME ZONE 'UTC' AS month_ends,
            greatest(m.since, month_begins) AS begins,
            least(m.till, month_ends) AS ends,
            (epoch_us(ends) * 10 + 18) // 36 - (epoch_us(begins) * 10 + 18) // 36 AS nano_hours,
            nano_hours::DECIMAL(18, 0) * 0.000000001::DECIMAL(10, 9) AS quantity,
            (quantity * m.unit_price)::DECIMAL(36, 18) AS amount
        FROM monthly AS m
    )

    SELECT
        m.begins AS ChargePeriodStart,
        m.ends AS ChargePeriodEnd,
        m.month_begins AS BillingPeriodStart,
        m.month_ends AS BillingPeriodEnd,
        m.owner AS BillingAccountId,
        m.owner AS BillingAccountName,
        'Tenant' AS BillingAccountType,
        m.owner AS SubAccountId,
        m.owner AS SubAccountName,
        'Tenant' AS SubAccountType,
        'Usage' AS ChargeCategory,
        NULL::VARCHAR AS ChargeClass,
        CASE m.kind
            WHEN 'server' THEN 'Server ' || m.name || ' on ' || m.flavor
            ELSE 'Image ' || o.name || ' on server ' || m.name
        END AS ChargeDescription,
        'Usage-Based' AS ChargeFrequency,
        'Standard' AS PricingCategory,
        m.quantity AS PricingQuantity,
        'Hours' AS PricingUnit,
        m.quantity AS ConsumedQuantity,
        'Hours' AS ConsumedUnit,
        m.unit_price AS ListUnitPrice,
        m.unit_price AS ContractedUnitPrice,
        m.amount AS ListCost,
        m.amount AS ContractedCost,
        m.amount AS BilledCost,
        m.amount AS EffectiveCost,
        m.billed_in AS BillingCurrency,
        m.billed_in AS PricingCurrency,
        m.unit_price AS PricingCurrencyListUnitPrice,
        m.unit_price AS PricingCurrencyContractedUnitPrice,
        m.amount AS PricingCurrencyEffectiveCost,
        'Imagekeeper Cloud' AS ProviderName,
        CASE m.kind WHEN 'server' THEN 'Imagekeeper Cloud' ELSE o.publisher END AS PublisherName,
        'Imagekeeper Cloud' AS InvoiceIssuerName,
        NULL::VARCHAR AS InvoiceId,
        CASE
            WHEN m.kind = 'image' THEN o.name
            WHEN m.target = 'bms' THEN 'Bare Metal Server'
            ELSE 'Elastic Cloud Server'
        END AS ServiceName,
        CASE m.kind WHEN 'server' THEN 'Compute' ELSE 'Other' END AS ServiceCategory,
        CASE
            WHEN m.kind = 'image' THEN 'Other (Other)'
            WHEN m.target = 'bms' THEN 'Other (Compute)'
            ELSE 'Virtual Machines'
        END AS ServiceSubcategory,
        m.sku_id AS SkuId,
        m.price_id AS SkuPriceId,
        CASE m.kind WHEN 'server' THEN 'Server Hours' ELSE 'Marketplace Image Hours' END AS SkuMeter,
        '{"InstanceType":"' || m.flavor || '"}' AS SkuPriceDetails,
        m.server_id AS ResourceId,
        m.name AS ResourceName,
        'Server' AS ResourceType,
        m.region AS RegionId,
        m.region AS RegionName,
        NULL::VARCHAR AS AvailabilityZone,
        NULL::VARCHAR AS Tags,
        NULL::VARCHAR AS CapacityReservationId,
        NULL::VARCHAR AS CapacityReservationStatus,
        NULL::VARCHAR AS CommitmentDiscountCategory,
        NULL::VARCHAR AS CommitmentDiscountId,
        NULL::VARCHAR AS CommitmentDiscountName,
        NULL::DECIMAL(18, 9) AS CommitmentDiscountQuantity,
        NULL::VARCHAR AS CommitmentDiscountStatus,
        NULL::VARCHAR AS CommitmentDiscountType,
        NULL::VARCHAR AS CommitmentDiscountUnit,
        m.kind AS x_kind,
        m.offer_id AS x_offer_id,
        o.name AS x_offer_name,
        o.publisher AS x_publisher,
        o.image_id AS x_offered_image_id,
        m.image_id AS x_image_id,
        m.flavor AS x_flavor,
        m.pricing_model AS x_pricing_model,
        m.started_at AS x_stretch_started_at
    FROM measured AS m
    LEFT JOIN offer AS o ON m.offer_id = o.offer_id;

CREATE VIEW charge AS
SELECT * FROM charge_until(now());

-- FOCUS 1.4 calls the seller ServiceProviderName and the cloud HostProviderName.
CREATE VIEW charge_focus_1_4 AS
SELECT
    c.* EXCLUDE (ProviderName, PublisherName),
    c.PublisherName AS ServiceProviderName,
    c.ProviderName AS HostProviderName,
    NULL::VARCHAR AS InvoiceDetailId
FROM charge AS c;

COMMENT ON VIEW charge IS 'What use cost until now, in the columns of FOCUS 1.2; open use counts until now.';
COMMENT ON COLUMN charge.PricingQuantity IS 'Hours, to a billionth.';
COMMENT ON COLUMN charge.x_kind IS 'server: the flavor price; image: the price of the Marketplace offer.';
COMMENT ON COLUMN charge.x_offer_id IS 'The offer the image of the server stems from; on server rows too.';
COMMENT ON COLUMN charge.x_image_id IS 'The image the server runs; x_offered_image_id is the one on sale.';
