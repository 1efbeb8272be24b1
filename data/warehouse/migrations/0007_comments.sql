-- What every table, view, macro and column says: tools show it beside the name.
-- NULL is said of what may be empty; money is exact, in the currency that is named; every time is UTC.
-- FOCUS writes its names in mixed case (CP02), and what a table has is passed on as it is (AM04):
-- sqlfluff:exclude_rules:AM04,CP02

-- Since it was made, shares have got one column more.
CREATE OR REPLACE VIEW current_member AS
SELECT m.*
FROM image_member AS m
INNER JOIN image AS i ON m.image_id = i.image_id
WHERE m.removed_at IS NULL AND i.deleted_at IS NULL;

COMMENT ON TABLE schema_version IS 'Changes of this file''s tables, one a row, in the order in which they were made.';
COMMENT ON COLUMN schema_version.version IS 'Number of the migration, from 1 on.';
COMMENT ON COLUMN schema_version.name IS 'File it came from.';
COMMENT ON COLUMN schema_version.sha IS 'SHA-256 of that file: a migration that was applied is never edited.';
COMMENT ON COLUMN schema_version.applied_at IS 'When it was applied here, UTC.';

COMMENT ON TABLE image IS 'Images that are or were, one a row; deleted ones are marked, never removed.';
COMMENT ON COLUMN image.image_id IS 'Id of the image, a UUID that sorts by time.';
COMMENT ON COLUMN image.name IS 'Name its owner gave it; several images may have the same.';
COMMENT ON COLUMN image.owner IS 'Tenant that owns it; platform for public images.';
COMMENT ON COLUMN image.region IS 'Region it is in; it can be used there only.';
COMMENT ON COLUMN image.visibility IS 'private, public or marketplace, today.';
COMMENT ON COLUMN image.image_type IS 'What is in it: system_disk, data_disk, full_ecs (a whole server) or iso.';
COMMENT ON COLUMN image.target IS 'What it starts: ecs (virtual server) or bms (bare metal).';
COMMENT ON COLUMN image.status IS 'Status today, in words of Glance; only active ones can be used.';
COMMENT ON COLUMN image.os_type
IS 'Family of the operating system: linux, windows or other; NULL where there is none (data disks).';
COMMENT ON COLUMN image.os_distribution IS 'Distribution of the operating system, such as debian; NULL where not said.';
COMMENT ON COLUMN image.os_version IS 'Version of the operating system, such as 12; NULL where not said.';
COMMENT ON COLUMN image.architecture IS 'Processor it runs on: x86 or arm.';
COMMENT ON COLUMN image.disk_format IS 'Format of the file, such as qcow2, raw, vmdk or iso.';
COMMENT ON COLUMN image.size_bytes IS 'Size of the plain file in bytes; NULL where never learnt.';
COMMENT ON COLUMN image.virtual_size_bytes IS 'Size of the disk it unpacks to, in bytes; NULL where not known.';
COMMENT ON COLUMN image.min_disk_gb IS 'Smallest disk it fits on, in GB of 2^30 bytes.';
COMMENT ON COLUMN image.min_ram_mb IS 'Least memory it needs, in MB of 2^20 bytes; 0 for no minimum.';
COMMENT ON COLUMN image.checksum IS 'SHA-256 of the plain file, in hexadecimal; NULL where there is no file.';
COMMENT ON COLUMN image.encrypted IS 'Whether the file is encrypted under a key of its owner.';
COMMENT ON COLUMN image.kms_key_id IS 'Name of that key; NULL where it is not encrypted.';
COMMENT ON COLUMN image.source_kind IS 'What it was made of: file, image (a copy), server, volume or backup.';
COMMENT ON COLUMN image.source_id
IS 'The file''s name, or the id of that image, server, volume or backup; NULL where not known.';
COMMENT ON COLUMN image.origin_image_id
IS 'Imported image at the root of its lineage; its own id where that is itself.';
COMMENT ON COLUMN image.backup_service
IS 'Of a full_ecs image, what made the backup it is from: cbr or csbs; NULL for others.';
COMMENT ON COLUMN image.published IS 'Whether it is on sale in Marketplace, today.';
COMMENT ON COLUMN image.protected IS 'Whether it cannot be deleted until the protection is lifted, today.';
COMMENT ON COLUMN image.description IS 'What its owner says of it; NULL where nothing.';
COMMENT ON COLUMN image.tags IS 'Tags its owner gave it; an empty list where none.';
COMMENT ON COLUMN image.deprecated_at
IS 'When it was marked as superseded, UTC; NULL while it is not. It can still be used.';
COMMENT ON COLUMN image.created_at IS 'When it was made, UTC.';
COMMENT ON COLUMN image.updated_at IS 'When it was changed last, UTC.';
COMMENT ON COLUMN image.deleted_at IS 'When it was deleted, UTC; NULL while it exists.';
COMMENT ON COLUMN image.blob
IS 'Name of its file in the image store; equal files of a region have one; NULL where nothing is stored.';

COMMENT ON TABLE image_member
IS 'Who may use whose image: one share of one image with one tenant; ended ones are marked.';
COMMENT ON COLUMN image_member.image_id IS 'The image that is shared.';
COMMENT ON COLUMN image_member.tenant IS 'Tenant it is shared with.';
COMMENT ON COLUMN image_member.status
IS 'pending, accepted or rejected; only the recipient''s list depends on it, never access.';
COMMENT ON COLUMN image_member.shared_at IS 'When it was shared, UTC.';
COMMENT ON COLUMN image_member.accepted_at
IS 'When the recipient first took it into its list, UTC; NULL where it never did.';
COMMENT ON COLUMN image_member.removed_at IS 'When sharing ended, UTC; NULL while it goes on.';
COMMENT ON COLUMN image_member.rejected_at
IS 'When the recipient last hid it, UTC; NULL where it never did, or where that was not recorded yet.';

COMMENT ON TABLE offer IS 'Images on sale in Marketplace, one offer a row; withdrawn ones are marked.';
COMMENT ON COLUMN offer.offer_id IS 'Id of the offer.';
COMMENT ON COLUMN offer.name IS 'Name it is sold under.';
COMMENT ON COLUMN offer.image_id IS 'Image that is on sale.';
COMMENT ON COLUMN offer.publisher IS 'Tenant that sells it.';
COMMENT ON COLUMN offer.pricing_model IS 'How it was paid for when it was published; price has what came after.';
COMMENT ON COLUMN offer.published_at IS 'When it went on sale, UTC.';
COMMENT ON COLUMN offer.withdrawn_at
IS 'When it was taken off the shelf, UTC; NULL while it is on sale. Use goes on, and is charged.';

COMMENT ON TABLE price
IS 'What an offer costs and from when until when, one version a row; price_version has its terms in columns.';
COMMENT ON COLUMN price.price_id IS 'Id of the version.';
COMMENT ON COLUMN price.offer_id IS 'Offer it is the price of.';
COMMENT ON COLUMN price.pricing_model
IS 'free, byol, hourly, vcpu_hourly, flavor_hourly, tiered, monthly, one_time, yearly or contract.';
COMMENT ON COLUMN price.amount IS 'Amount to show, in currency and for one unit: of tiers the first, 0 for free.';
COMMENT ON COLUMN price.currency IS 'Currency of the amounts, ISO 4217.';
COMMENT ON COLUMN price.unit IS 'What amount is for: Hours, vCPU-Hours, Months, Years or Units.';
COMMENT ON COLUMN price.valid_from IS 'Since when it holds, UTC, inclusive.';
COMMENT ON COLUMN price.valid_to IS 'Until when it holds, UTC, exclusive; NULL where no other price follows.';
COMMENT ON COLUMN price.terms IS 'All the price says, as JSON.';

COMMENT ON TABLE server
IS 'Servers that are or were, one a row, as they are now; server_span has what they were before.';
COMMENT ON COLUMN server.server_id IS 'Id of the server.';
COMMENT ON COLUMN server.name IS 'Name its owner gave it.';
COMMENT ON COLUMN server.owner IS 'Tenant that owns it and pays for it.';
COMMENT ON COLUMN server.region IS 'Region it runs in.';
COMMENT ON COLUMN server.target IS 'ecs (virtual server) or bms (bare metal).';
COMMENT ON COLUMN server.flavor IS 'Size it has now; see flavor.';
COMMENT ON COLUMN server.image_id IS 'Image its system disk was made from last.';
COMMENT ON COLUMN server.system_disk_gb IS 'Size of its system disk, in GB of 2^30 bytes.';
COMMENT ON COLUMN server.state IS 'running, stopped or terminated, now.';
COMMENT ON COLUMN server.created_at IS 'When it was launched, UTC.';
COMMENT ON COLUMN server.updated_at IS 'When it was changed last, UTC.';
COMMENT ON COLUMN server.deleted_at IS 'When it was terminated, UTC; NULL while it exists.';
COMMENT ON COLUMN server.blob
IS 'File in the image store that its system disk stands for; NULL where nothing is stored.';
COMMENT ON COLUMN server.kms_key_id IS 'Key its system disk is encrypted under; NULL where it is not.';

COMMENT ON TABLE server_span
IS 'Stretches of time in which a server had one image, one flavor and one state; they adjoin.';
COMMENT ON COLUMN server_span.server_id IS 'The server.';
COMMENT ON COLUMN server_span.image_id IS 'Image it ran.';
COMMENT ON COLUMN server_span.flavor IS 'Flavor it had.';
COMMENT ON COLUMN server_span.state IS 'State it was in: running or stopped.';
COMMENT ON COLUMN server_span.started_at IS 'When the stretch began, UTC, inclusive.';
COMMENT ON COLUMN server_span.ended_at IS 'When it ended, UTC, exclusive; NULL while it goes on.';

COMMENT ON TABLE volume IS 'Data disks (EVS) made from images, one a row; deleted ones are marked.';
COMMENT ON COLUMN volume.volume_id IS 'Id of the disk.';
COMMENT ON COLUMN volume.name IS 'Name its owner gave it.';
COMMENT ON COLUMN volume.owner IS 'Tenant that owns it.';
COMMENT ON COLUMN volume.region IS 'Region it is in.';
COMMENT ON COLUMN volume.image_id IS 'Image it was made from.';
COMMENT ON COLUMN volume.size_gb IS 'Its size, in GB of 2^30 bytes.';
COMMENT ON COLUMN volume.created_at IS 'When it was made, UTC.';
COMMENT ON COLUMN volume.deleted_at IS 'When it was deleted, UTC; NULL while it exists.';
COMMENT ON COLUMN volume.blob IS 'File in the image store that it stands for; NULL where nothing is stored.';
COMMENT ON COLUMN volume.kms_key_id IS 'Key it is encrypted under; NULL where it is not.';

COMMENT ON TABLE backup IS 'Backups of whole servers, one a row.';
COMMENT ON COLUMN backup.backup_id IS 'Id of the backup.';
COMMENT ON COLUMN backup.server_id IS 'Server that was saved.';
COMMENT ON COLUMN backup.owner IS 'Tenant that owns it.';
COMMENT ON COLUMN backup.region IS 'Region it is in.';
COMMENT ON COLUMN backup.service IS 'What made it: cbr or csbs.';
COMMENT ON COLUMN backup.image_id IS 'Image the server had then.';
COMMENT ON COLUMN backup.created_at IS 'When it was made, UTC.';
COMMENT ON COLUMN backup.blob IS 'File in the image store that it stands for; NULL where nothing is stored.';
COMMENT ON COLUMN backup.kms_key_id IS 'Key it is encrypted under; NULL where it is not.';

COMMENT ON TABLE batch IS 'What was handed over to be carried out, one batch a row.';
COMMENT ON COLUMN batch.batch_id IS 'Id of the batch, made from its content: the same content is the same batch.';
COMMENT ON COLUMN batch.source IS 'Where it came from, such as the path of its file.';
COMMENT ON COLUMN batch.profile IS 'Rule profile that judges it; see rule_limit.';
COMMENT ON COLUMN batch.content
IS 'What it asks, as JSON; of a CSV or Parquet file its hash and how it is read. NULL where not kept.';
COMMENT ON COLUMN batch.requests IS 'How many lines are judged: an action on n tenants is n.';
COMMENT ON COLUMN batch.begun_at IS 'When it was first handed over, UTC.';

COMMENT ON TABLE action_log IS 'What was asked, how it was judged and what came of it; rows are only ever added.';
COMMENT ON COLUMN action_log.action_id IS 'Id of the row.';
COMMENT ON COLUMN action_log.batch_id IS 'Batch it belongs to.';
COMMENT ON COLUMN action_log.flow_run_id IS 'Run of the Prefect flow that did it; NULL where none did.';
COMMENT ON COLUMN action_log.line
IS 'Which line of the batch, from 1 on: an action on n tenants is n lines. One tried again has several rows.';
COMMENT ON COLUMN action_log.seq IS 'Which action of the batch, from 1 on.';
COMMENT ON COLUMN action_log.action IS 'What was asked, such as share_image.';
COMMENT ON COLUMN action_log.actor IS 'Tenant that asked.';
COMMENT ON COLUMN action_log.region IS 'Region it was asked for.';
COMMENT ON COLUMN action_log.image_id IS 'Image it is about; NULL where about none, or about one that was not found.';
COMMENT ON COLUMN action_log.tenant IS 'Tenant it is about, such as the recipient of a share; NULL where about none.';
COMMENT ON COLUMN action_log.request IS 'The request itself, as JSON.';
COMMENT ON COLUMN action_log.verdict IS 'allowed or denied.';
COMMENT ON COLUMN action_log.denied_by IS 'Ids of all rules that objected; an empty list where allowed.';
COMMENT ON COLUMN action_log.because IS 'Why, one text a rule of denied_by.';
COMMENT ON COLUMN action_log.remedy IS 'What to do instead, one text a rule of denied_by.';
COMMENT ON COLUMN action_log.outcome IS 'done or failed; NULL where denied.';
COMMENT ON COLUMN action_log.error IS 'What went wrong at the cloud; NULL where nothing did.';
COMMENT ON COLUMN action_log.requested_at IS 'When it happened or was asked for, UTC.';
COMMENT ON COLUMN action_log.finished_at IS 'When it was settled and written down, UTC.';

COMMENT ON TABLE rule IS 'The policy, one rule of one action a row.';
COMMENT ON COLUMN rule.rule_id IS 'Id of the rule; it is never used for another.';
COMMENT ON COLUMN rule.action IS 'Action it may object to.';
COMMENT ON COLUMN rule.forbidden_when
IS 'When it objects: an SQL predicate over the facts of a request. NULL objects too.';
COMMENT ON COLUMN rule.because IS 'Why, with the facts in braces.';
COMMENT ON COLUMN rule.remedy IS 'What to do instead, with the facts in braces; several are divided by a slash.';
COMMENT ON COLUMN rule.source IS 'Who says so.';

COMMENT ON TABLE rule_limit IS 'Numbers and switches that rules ask for, by profile.';
COMMENT ON COLUMN rule_limit.profile IS 'Profile it holds in; seed is the default.';
COMMENT ON COLUMN rule_limit.name IS 'What it is, such as share_tenants.';
COMMENT ON COLUMN rule_limit.value IS 'The number or switch, as text.';
COMMENT ON COLUMN rule_limit.since IS 'Since when it holds.';
COMMENT ON COLUMN rule_limit.source IS 'Who says so.';

COMMENT ON TABLE flavor IS 'Sizes a server can have, one a row.';
COMMENT ON COLUMN flavor.flavor IS 'Name of the flavor.';
COMMENT ON COLUMN flavor.target IS 'Kind of server: ecs (virtual) or bms (bare metal).';
COMMENT ON COLUMN flavor.vcpus IS 'How many virtual CPUs.';
COMMENT ON COLUMN flavor.ram_mb IS 'Memory, in MB of 2^20 bytes.';

COMMENT ON TABLE flavor_price IS 'What a server of a flavor costs an hour and from when until when, one version a row.';
COMMENT ON COLUMN flavor_price.price_id IS 'Id of the version.';
COMMENT ON COLUMN flavor_price.flavor IS 'The flavor.';
COMMENT ON COLUMN flavor_price.hourly IS 'Price of an hour, in currency.';
COMMENT ON COLUMN flavor_price.currency IS 'Currency of the price, ISO 4217.';
COMMENT ON COLUMN flavor_price.valid_from IS 'Since when it holds, UTC, inclusive.';
COMMENT ON COLUMN flavor_price.valid_to IS 'Until when it holds, UTC, exclusive; NULL where no other price follows.';

COMMENT ON TABLE reference_version IS 'What is loaded of flavors, prices, rules and reports: one row.';
COMMENT ON COLUMN reference_version.sha IS 'SHA-256 of all that; where the program has another, it loads them anew.';

COMMENT ON TABLE contract IS 'Use of an offer paid upfront, for so many servers at once, one purchase a row.';
COMMENT ON COLUMN contract.contract_id IS 'Id of the contract.';
COMMENT ON COLUMN contract.offer_id IS 'Offer it is for.';
COMMENT ON COLUMN contract.price_id IS 'Version of the price it was bought at.';
COMMENT ON COLUMN contract.tenant IS 'Tenant that bought it.';
COMMENT ON COLUMN contract.region IS 'Region of the image on sale.';
COMMENT ON COLUMN contract.servers IS 'How many servers it covers at once.';
COMMENT ON COLUMN contract.upfront IS 'What was paid for one server, in currency.';
COMMENT ON COLUMN contract.hourly IS 'What an hour costs without it, in currency, when it was bought.';
COMMENT ON COLUMN contract.currency IS 'Currency of the amounts, ISO 4217.';
COMMENT ON COLUMN contract.starts_at IS 'Since when it covers use, UTC, inclusive.';
COMMENT ON COLUMN contract.ends_at IS 'Until when it covers use, UTC, exclusive.';
COMMENT ON COLUMN contract.bought_at IS 'When it was bought, UTC.';

COMMENT ON TABLE credit IS 'Money given back to tenants, one grant a row.';
COMMENT ON COLUMN credit.credit_id IS 'Id of the grant.';
COMMENT ON COLUMN credit.tenant IS 'Tenant that gets it.';
COMMENT ON COLUMN credit.region IS 'Region it is booked in.';
COMMENT ON COLUMN credit.offer_id IS 'Offer it is given for; NULL where in general.';
COMMENT ON COLUMN credit.amount IS 'How much, in currency, above 0.';
COMMENT ON COLUMN credit.currency IS 'Currency of the amount, ISO 4217.';
COMMENT ON COLUMN credit.reason IS 'Why, in words.';
COMMENT ON COLUMN credit.refund_of IS 'First day of the month whose charges it takes back; NULL where it is no refund.';
COMMENT ON COLUMN credit.granted_by IS 'Tenant that gives it.';
COMMENT ON COLUMN credit.granted_at IS 'When it was given, UTC; it is charged in that month.';

COMMENT ON TABLE charge
IS 'What use cost, in columns of FOCUS 1.2 and our own (x_): of use a row a server, price and day at most.';
COMMENT ON COLUMN charge.ChargePeriodStart
IS 'When what is charged began, UTC, inclusive; use lies within one day (UTC).';
COMMENT ON COLUMN charge.ChargePeriodEnd IS 'When it ended, UTC, exclusive.';
COMMENT ON COLUMN charge.BillingPeriodStart IS 'First moment of the month it is billed in, UTC.';
COMMENT ON COLUMN charge.BillingPeriodEnd IS 'First moment of the month after that, UTC.';
COMMENT ON COLUMN charge.BillingAccountId IS 'Tenant that pays.';
COMMENT ON COLUMN charge.BillingAccountName IS 'The same: tenants have one name.';
COMMENT ON COLUMN charge.BillingAccountType IS 'Always Tenant.';
COMMENT ON COLUMN charge.SubAccountId IS 'Tenant that the charge is for; always the one that pays.';
COMMENT ON COLUMN charge.SubAccountName IS 'The same: tenants have one name.';
COMMENT ON COLUMN charge.SubAccountType IS 'Always Tenant.';
COMMENT ON COLUMN charge.ChargeCategory
IS 'Usage, Purchase (once or upfront), Credit, Tax, or Adjustment (rounding of the invoice).';
COMMENT ON COLUMN charge.ChargeClass IS 'Correction where it corrects a month that was closed before; NULL otherwise.';
COMMENT ON COLUMN charge.ChargeDescription IS 'What is charged, in words.';
COMMENT ON COLUMN charge.ChargeFrequency IS 'Usage-Based (time), Recurring (months, minimums) or One-Time.';
COMMENT ON COLUMN charge.PricingCategory
IS 'Standard, or Committed where a term paid upfront covers it; NULL for credits, tax and rounding.';
COMMENT ON COLUMN charge.PricingQuantity
IS 'How much is priced, in PricingUnit, to a billionth; below 0 where taken back; NULL for tax and rounding.';
COMMENT ON COLUMN charge.PricingUnit
IS 'What PricingQuantity counts: Hours, vCPU-Hours, Months, Years or Units; NULL where that is.';
COMMENT ON COLUMN charge.ConsumedQuantity
IS 'How much was used, in ConsumedUnit; NULL for what is no use, and for terms nobody used.';
COMMENT ON COLUMN charge.ConsumedUnit IS 'What ConsumedQuantity counts; NULL where that is.';
COMMENT ON COLUMN charge.ListUnitPrice
IS 'List price of one PricingUnit, in BillingCurrency; NULL for credits, tax and rounding.';
COMMENT ON COLUMN charge.ContractedUnitPrice
IS 'Price of one PricingUnit with trial or term, in BillingCurrency; NULL for credits, tax and rounding.';
COMMENT ON COLUMN charge.ListCost
IS 'ListUnitPrice times PricingQuantity, in BillingCurrency; what has no price: its amount.';
COMMENT ON COLUMN charge.ContractedCost
IS 'ContractedUnitPrice times PricingQuantity, in BillingCurrency; what has no price: its amount.';
COMMENT ON COLUMN charge.BilledCost
IS 'What is to be paid for it, in BillingCurrency; below 0 where given back; 0 where paid upfront before.';
COMMENT ON COLUMN charge.EffectiveCost
IS 'Its cost with upfront payments spread over the time they cover, in BillingCurrency.';
COMMENT ON COLUMN charge.BillingCurrency IS 'Currency of the invoice and of every cost, ISO 4217.';
COMMENT ON COLUMN charge.PricingCurrency IS 'Currency of the price; always that of the invoice.';
COMMENT ON COLUMN charge.PricingCurrencyListUnitPrice IS 'ListUnitPrice in PricingCurrency: the same number.';
COMMENT ON COLUMN charge.PricingCurrencyContractedUnitPrice
IS 'ContractedUnitPrice in PricingCurrency: the same number.';
COMMENT ON COLUMN charge.PricingCurrencyEffectiveCost IS 'EffectiveCost in PricingCurrency: the same number.';
COMMENT ON COLUMN charge.ProviderName IS 'The cloud; always Imagekeeper Cloud.';
COMMENT ON COLUMN charge.PublisherName IS 'Who sells it: the publisher of the image, else the cloud.';
COMMENT ON COLUMN charge.InvoiceIssuerName IS 'Who issues the invoice; always Imagekeeper Cloud.';
COMMENT ON COLUMN charge.InvoiceId IS 'Invoice it belongs to, known before that is issued.';
COMMENT ON COLUMN charge.ServiceName
IS 'Name of the offer; of servers Elastic Cloud Server or Bare Metal Server; else Account.';
COMMENT ON COLUMN charge.ServiceCategory IS 'Compute for servers, Other for images and accounts.';
COMMENT ON COLUMN charge.ServiceSubcategory
IS 'Virtual Machines, Other (Compute) for bare metal, or Other (Other); see focus_subcategory.';
COMMENT ON COLUMN charge.SkuId
IS 'What is bought: the flavor, or the id of the offer; NULL for credits, tax and rounding.';
COMMENT ON COLUMN charge.SkuPriceId
IS 'Price of it, with flavor, state, tier or term where the price depends on them; NULL where SkuId is.';
COMMENT ON COLUMN charge.SkuMeter IS 'What is measured, such as Server Hours; NULL where SkuId is.';
COMMENT ON COLUMN charge.SkuPriceDetails
IS 'Flavor (InstanceType) and vCPUs (CoreCount) as JSON, where the price depends on the flavor; else NULL.';
COMMENT ON COLUMN charge.ResourceId
IS 'Id of the server, contract, term or offer; NULL for credits in general, tax and rounding.';
COMMENT ON COLUMN charge.ResourceName IS 'Name of that; NULL where ResourceId is.';
COMMENT ON COLUMN charge.ResourceType
IS 'What ResourceId is: Server, Marketplace Contract or Marketplace Subscription; NULL where that is.';
COMMENT ON COLUMN charge.RegionId IS 'Region of what is charged; NULL for tax and rounding.';
COMMENT ON COLUMN charge.RegionName IS 'The same: regions have one name.';
COMMENT ON COLUMN charge.AvailabilityZone IS 'Always NULL: there are none.';
COMMENT ON COLUMN charge.Tags IS 'Always NULL: servers have none.';
COMMENT ON COLUMN charge.CapacityReservationId IS 'Always NULL: there are none.';
COMMENT ON COLUMN charge.CapacityReservationStatus IS 'Always NULL: there are none.';
COMMENT ON COLUMN charge.CommitmentDiscountCategory
IS 'Usage where a contract or year paid upfront is concerned; NULL otherwise.';
COMMENT ON COLUMN charge.CommitmentDiscountId IS 'That contract, or that year of a server; NULL otherwise.';
COMMENT ON COLUMN charge.CommitmentDiscountName IS 'Name of its offer; NULL otherwise.';
COMMENT ON COLUMN charge.CommitmentDiscountQuantity
IS 'Hours of the term that were bought, used or left unused; NULL otherwise.';
COMMENT ON COLUMN charge.CommitmentDiscountStatus
IS 'Used or Unused; NULL for the purchase itself, and where no term is concerned.';
COMMENT ON COLUMN charge.CommitmentDiscountType IS 'Contract or Yearly Subscription; NULL where no term is concerned.';
COMMENT ON COLUMN charge.CommitmentDiscountUnit IS 'Always Hours; NULL where no term is concerned.';
COMMENT ON COLUMN charge.x_kind
IS 'server: the flavor; image: the Marketplace offer; account: tax, rounding, credits in general.';
COMMENT ON COLUMN charge.x_source IS 'usage: metered; credit: granted; closing: tax and rounding of the invoice.';
COMMENT ON COLUMN charge.x_server_id
IS 'Server it is about, also where ResourceId is a term; NULL where about none, or about several.';
COMMENT ON COLUMN charge.x_offer_id
IS 'Offer the image of the server stems from, on server rows too; NULL where from none.';
COMMENT ON COLUMN charge.x_offer_name IS 'Name of that offer; NULL where there is none.';
COMMENT ON COLUMN charge.x_publisher IS 'Tenant that sells it; NULL where there is none.';
COMMENT ON COLUMN charge.x_offered_image_id IS 'Image that is on sale as that offer; NULL where there is none.';
COMMENT ON COLUMN charge.x_image_id IS 'Image the server ran; NULL where no server is concerned.';
COMMENT ON COLUMN charge.x_flavor IS 'Flavor the server ran on; NULL where no server is concerned.';
COMMENT ON COLUMN charge.x_vcpus
IS 'vCPUs of that flavor; NULL where no server is concerned, or the flavor is not known.';
COMMENT ON COLUMN charge.x_state IS 'State the server was in: running or stopped; NULL for what is no time.';
COMMENT ON COLUMN charge.x_price_id
IS 'Version of the price (price, flavor_price) or contract it is charged by; NULL where there is none.';
COMMENT ON COLUMN charge.x_pricing_model IS 'How that price works, such as hourly or tiered; NULL where there is none.';
COMMENT ON COLUMN charge.x_stretch_started_at
IS 'When the span of the server (server_span) began, UTC; NULL for what is no time.';
COMMENT ON COLUMN charge.x_used_seconds
IS 'How long the server was used, in seconds, before any rounding; 0 for what is no time.';
COMMENT ON COLUMN charge.x_corrected_month
IS 'Of a correction, first moment of the closed month it corrects, UTC; NULL otherwise.';

COMMENT ON TABLE closed_month IS 'Months whose charges are final, one a row.';
COMMENT ON COLUMN closed_month.month_begins IS 'First moment of the month, UTC.';
COMMENT ON COLUMN closed_month.tax_percent IS 'Tax on its invoices, in percent.';
COMMENT ON COLUMN closed_month.closed_at IS 'When it was closed, UTC.';

COMMENT ON TABLE invoice IS 'What a tenant has to pay for a closed month, in one currency.';
COMMENT ON COLUMN invoice.invoice_id IS 'Id of the invoice; its charges have it as InvoiceId.';
COMMENT ON COLUMN invoice.month_begins IS 'First moment of the month, UTC.';
COMMENT ON COLUMN invoice.tenant IS 'Tenant that pays.';
COMMENT ON COLUMN invoice.currency IS 'Currency of the amounts, ISO 4217.';
COMMENT ON COLUMN invoice.subtotal IS 'Charges without tax and rounding, in currency.';
COMMENT ON COLUMN invoice.tax IS 'Tax, in currency, to the cent.';
COMMENT ON COLUMN invoice.rounding IS 'What makes the total whole cents, in currency.';
COMMENT ON COLUMN invoice.total IS 'What is to be paid, in currency: subtotal, tax and rounding.';
COMMENT ON COLUMN invoice.issued_at IS 'When it was issued, UTC.';

COMMENT ON TABLE focus_subcategory IS 'Subcategories of services that FOCUS 1.2 knows, one a row.';
COMMENT ON COLUMN focus_subcategory.subcategory IS 'The subcategory (ServiceSubcategory).';
COMMENT ON COLUMN focus_subcategory.category IS 'Category it belongs to (ServiceCategory).';

COMMENT ON TABLE metering IS 'Each time that the use of a month was turned into charges.';
COMMENT ON COLUMN metering.month_begins IS 'First moment of the month, UTC.';
COMMENT ON COLUMN metering.metered_until IS 'Until when use was counted, UTC.';
COMMENT ON COLUMN metering.added IS 'How many charges were written.';
COMMENT ON COLUMN metering.removed IS 'How many charges were taken out again.';
COMMENT ON COLUMN metering.corrected IS 'How many corrections of closed months were written.';
COMMENT ON COLUMN metering.flow_run_id IS 'Run of the Prefect flow that did it; NULL where none did.';
COMMENT ON COLUMN metering.metered_at IS 'When it was done, UTC.';

COMMENT ON TABLE os_end_of_life IS 'When vendors stop mending their operating systems, one version a row.';
COMMENT ON COLUMN os_end_of_life.distribution IS 'The distribution, as in image.os_distribution.';
COMMENT ON COLUMN os_end_of_life.version IS 'The version; it stands for all that begin with it, 12 for 12.5 too.';
COMMENT ON COLUMN os_end_of_life.ends_on IS 'Last day on which it is mended for all.';
COMMENT ON COLUMN os_end_of_life.paid_support_ends_on
IS 'Last day on which it is mended for those who pay; NULL where that is not offered.';
COMMENT ON COLUMN os_end_of_life.source IS 'Who says so.';
COMMENT ON COLUMN os_end_of_life.checked_on IS 'When that was looked up.';

COMMENT ON VIEW current_image IS 'Images that exist now: those of image that are not deleted.';
COMMENT ON COLUMN current_image.image_id IS 'Id of the image, a UUID that sorts by time.';
COMMENT ON COLUMN current_image.name IS 'Name its owner gave it; several images may have the same.';
COMMENT ON COLUMN current_image.owner IS 'Tenant that owns it; platform for public images.';
COMMENT ON COLUMN current_image.region IS 'Region it is in; it can be used there only.';
COMMENT ON COLUMN current_image.visibility IS 'private, public or marketplace, today.';
COMMENT ON COLUMN current_image.image_type
IS 'What is in it: system_disk, data_disk, full_ecs (a whole server) or iso.';
COMMENT ON COLUMN current_image.target IS 'What it starts: ecs (virtual server) or bms (bare metal).';
COMMENT ON COLUMN current_image.status IS 'Status today, in words of Glance; only active ones can be used.';
COMMENT ON COLUMN current_image.os_type
IS 'Family of the operating system: linux, windows or other; NULL where there is none (data disks).';
COMMENT ON COLUMN current_image.os_distribution
IS 'Distribution of the operating system, such as debian; NULL where not said.';
COMMENT ON COLUMN current_image.os_version IS 'Version of the operating system, such as 12; NULL where not said.';
COMMENT ON COLUMN current_image.architecture IS 'Processor it runs on: x86 or arm.';
COMMENT ON COLUMN current_image.disk_format IS 'Format of the file, such as qcow2, raw, vmdk or iso.';
COMMENT ON COLUMN current_image.size_bytes IS 'Size of the plain file in bytes; NULL where never learnt.';
COMMENT ON COLUMN current_image.virtual_size_bytes IS 'Size of the disk it unpacks to, in bytes; NULL where not known.';
COMMENT ON COLUMN current_image.min_disk_gb IS 'Smallest disk it fits on, in GB of 2^30 bytes.';
COMMENT ON COLUMN current_image.min_ram_mb IS 'Least memory it needs, in MB of 2^20 bytes; 0 for no minimum.';
COMMENT ON COLUMN current_image.checksum IS 'SHA-256 of the plain file, in hexadecimal; NULL where there is no file.';
COMMENT ON COLUMN current_image.encrypted IS 'Whether the file is encrypted under a key of its owner.';
COMMENT ON COLUMN current_image.kms_key_id IS 'Name of that key; NULL where it is not encrypted.';
COMMENT ON COLUMN current_image.source_kind IS 'What it was made of: file, image (a copy), server, volume or backup.';
COMMENT ON COLUMN current_image.source_id
IS 'The file''s name, or the id of that image, server, volume or backup; NULL where not known.';
COMMENT ON COLUMN current_image.origin_image_id
IS 'Imported image at the root of its lineage; its own id where that is itself.';
COMMENT ON COLUMN current_image.backup_service
IS 'Of a full_ecs image, what made the backup it is from: cbr or csbs; NULL for others.';
COMMENT ON COLUMN current_image.published IS 'Whether it is on sale in Marketplace, today.';
COMMENT ON COLUMN current_image.protected IS 'Whether it cannot be deleted until the protection is lifted, today.';
COMMENT ON COLUMN current_image.description IS 'What its owner says of it; NULL where nothing.';
COMMENT ON COLUMN current_image.tags IS 'Tags its owner gave it; an empty list where none.';
COMMENT ON COLUMN current_image.deprecated_at
IS 'When it was marked as superseded, UTC; NULL while it is not. It can still be used.';
COMMENT ON COLUMN current_image.created_at IS 'When it was made, UTC.';
COMMENT ON COLUMN current_image.updated_at IS 'When it was changed last, UTC.';
COMMENT ON COLUMN current_image.deleted_at IS 'Always NULL: what is here exists.';
COMMENT ON COLUMN current_image.blob
IS 'Name of its file in the image store; equal files of a region have one; NULL where nothing is stored.';

COMMENT ON VIEW current_member IS 'Shares that go on now, of images that exist.';
COMMENT ON COLUMN current_member.image_id IS 'The image that is shared.';
COMMENT ON COLUMN current_member.tenant IS 'Tenant it is shared with.';
COMMENT ON COLUMN current_member.status
IS 'pending, accepted or rejected; only the recipient''s list depends on it, never access.';
COMMENT ON COLUMN current_member.shared_at IS 'When it was shared, UTC.';
COMMENT ON COLUMN current_member.accepted_at
IS 'When the recipient first took it into its list, UTC; NULL where it never did.';
COMMENT ON COLUMN current_member.removed_at IS 'Always NULL: what is here goes on.';
COMMENT ON COLUMN current_member.rejected_at
IS 'When the recipient last hid it, UTC; NULL where it never did, or where that was not recorded yet.';

COMMENT ON VIEW image_parent
IS 'Which image each image was made of, by way of a server, disk or backup too; one image a row.';
COMMENT ON COLUMN image_parent.image_id IS 'The image.';
COMMENT ON COLUMN image_parent.parent_image_id IS 'Image it was made of; NULL where of none that is known.';

COMMENT ON VIEW image_offer IS 'Offers whose price an image carries: as what is on sale, or as made from that.';
COMMENT ON COLUMN image_offer.image_id IS 'The image.';
COMMENT ON COLUMN image_offer.offer_id
IS 'Offer it carries; of several, the one published last before a span of use began is charged.';
COMMENT ON COLUMN image_offer.published_at IS 'When that offer went on sale, UTC.';

COMMENT ON VIEW price_version
IS 'Rows of price with their terms in columns, and with what holds where a price says nothing.';
COMMENT ON COLUMN price_version.price_id IS 'Id of the version.';
COMMENT ON COLUMN price_version.offer_id IS 'Offer it is the price of.';
COMMENT ON COLUMN price_version.pricing_model
IS 'free, byol, hourly, vcpu_hourly, flavor_hourly, tiered, monthly, one_time, yearly or contract.';
COMMENT ON COLUMN price_version.amount
IS 'Amount to show, in currency and for one unit: of tiers the first, 0 for free.';
COMMENT ON COLUMN price_version.currency IS 'Currency of the amounts, ISO 4217.';
COMMENT ON COLUMN price_version.unit IS 'What amount is for: Hours, vCPU-Hours, Months, Years or Units.';
COMMENT ON COLUMN price_version.valid_from IS 'Since when it holds, UTC, inclusive.';
COMMENT ON COLUMN price_version.valid_until
IS 'Until when it holds, UTC, exclusive; infinity where no other price follows.';
COMMENT ON COLUMN price_version.lineage IS 'Whether images made from the one on sale are charged too.';
COMMENT ON COLUMN price_version.granularity IS 'What time is rounded to: second, minute or hour.';
COMMENT ON COLUMN price_version.rounding IS 'How time is rounded: none, up or half_up.';
COMMENT ON COLUMN price_version.min_seconds IS 'Least time of an aggregation, in seconds; 0 for none.';
COMMENT ON COLUMN price_version.aggregation IS 'What is added up before rounding: start (a run), hour or month.';
COMMENT ON COLUMN price_version.billable_states
IS 'Share of the amount that an hour of each state costs, 1 for all of it; other states cost nothing.';
COMMENT ON COLUMN price_version.time_zone IS 'Whose clock hours and calendar months count.';
COMMENT ON COLUMN price_version.per
IS 'What a monthly or single price is for: server or subscription (a tenant''s use of the offer).';
COMMENT ON COLUMN price_version.proration
IS 'What a part of a month costs: none (all of it), day_30, day_of_month or second.';
COMMENT ON COLUMN price_version.amounts IS 'Amount by flavor, in currency; NULL where it does not depend on it.';
COMMENT ON COLUMN price_version.tiers
IS 'Amounts by hours of the tenant''s month, in currency: each up to up_to, the last (NULL) without end.';
COMMENT ON COLUMN price_version.other_amount
IS 'Amount for flavors that amounts does not name, in currency; NULL where these are not charged.';
COMMENT ON COLUMN price_version.tier_mode
IS 'graduated: each hour costs what its own tier says; volume: all what the tier of their sum says.';
COMMENT ON COLUMN price_version.minimum IS 'Least to be paid for a month with use, in currency; NULL for none.';
COMMENT ON COLUMN price_version.trial_days IS 'How long a tenant''s trial lasts, in days of 24 hours; NULL for none.';
COMMENT ON COLUMN price_version.trial_servers IS 'How many servers it covers at once; NULL for all.';
COMMENT ON COLUMN price_version.trial_credit
IS 'Money the trial gives instead of covering servers, in currency; NULL where it covers them.';
COMMENT ON COLUMN price_version.upfront
IS 'What a contract costs upfront for one server, in currency; NULL for other models.';
COMMENT ON COLUMN price_version.contract_months IS 'How long a contract lasts, in months.';

COMMENT ON VIEW focus_1_4 IS 'The rows of charge in columns of FOCUS 1.4 and our own (x_).';
COMMENT ON COLUMN focus_1_4.ChargePeriodStart
IS 'When what is charged began, UTC, inclusive; use lies within one day (UTC).';
COMMENT ON COLUMN focus_1_4.ChargePeriodEnd IS 'When it ended, UTC, exclusive.';
COMMENT ON COLUMN focus_1_4.BillingPeriodStart IS 'First moment of the month it is billed in, UTC.';
COMMENT ON COLUMN focus_1_4.BillingPeriodEnd IS 'First moment of the month after that, UTC.';
COMMENT ON COLUMN focus_1_4.BillingAccountId IS 'Tenant that pays.';
COMMENT ON COLUMN focus_1_4.BillingAccountName IS 'The same: tenants have one name.';
COMMENT ON COLUMN focus_1_4.BillingAccountType IS 'Always Tenant.';
COMMENT ON COLUMN focus_1_4.SubAccountId IS 'Tenant that the charge is for; always the one that pays.';
COMMENT ON COLUMN focus_1_4.SubAccountName IS 'The same: tenants have one name.';
COMMENT ON COLUMN focus_1_4.SubAccountType IS 'Always Tenant.';
COMMENT ON COLUMN focus_1_4.ChargeCategory
IS 'Usage, Purchase (once or upfront), Credit, Tax, or Adjustment (rounding of the invoice).';
COMMENT ON COLUMN focus_1_4.ChargeClass
IS 'Correction where it corrects a month that was closed before; NULL otherwise.';
COMMENT ON COLUMN focus_1_4.ChargeDescription IS 'What is charged, in words.';
COMMENT ON COLUMN focus_1_4.ChargeFrequency IS 'Usage-Based (time), Recurring (months, minimums) or One-Time.';
COMMENT ON COLUMN focus_1_4.PricingCategory
IS 'Standard, or Committed where a term paid upfront covers it; NULL for credits, tax and rounding.';
COMMENT ON COLUMN focus_1_4.PricingQuantity
IS 'How much is priced, in PricingUnit, to a billionth; below 0 where taken back; NULL for tax and rounding.';
COMMENT ON COLUMN focus_1_4.PricingUnit
IS 'What PricingQuantity counts: Hours, vCPU-Hours, Months, Years or Units; NULL where that is.';
COMMENT ON COLUMN focus_1_4.ConsumedQuantity
IS 'How much was used, in ConsumedUnit; NULL for what is no use, and for terms nobody used.';
COMMENT ON COLUMN focus_1_4.ConsumedUnit IS 'What ConsumedQuantity counts; NULL where that is.';
COMMENT ON COLUMN focus_1_4.ListUnitPrice
IS 'List price of one PricingUnit, in BillingCurrency; NULL for credits, tax and rounding.';
COMMENT ON COLUMN focus_1_4.ContractedUnitPrice
IS 'Price of one PricingUnit with trial or term, in BillingCurrency; NULL for credits, tax and rounding.';
COMMENT ON COLUMN focus_1_4.ListCost
IS 'ListUnitPrice times PricingQuantity, in BillingCurrency; what has no price: its amount.';
COMMENT ON COLUMN focus_1_4.ContractedCost
IS 'ContractedUnitPrice times PricingQuantity, in BillingCurrency; what has no price: its amount.';
COMMENT ON COLUMN focus_1_4.BilledCost
IS 'What is to be paid for it, in BillingCurrency; below 0 where given back; 0 where paid upfront before.';
COMMENT ON COLUMN focus_1_4.BillingCurrency IS 'Currency of the invoice and of every cost, ISO 4217.';
COMMENT ON COLUMN focus_1_4.PricingCurrency IS 'Currency of the price; always that of the invoice.';
COMMENT ON COLUMN focus_1_4.PricingCurrencyListUnitPrice IS 'ListUnitPrice in PricingCurrency: the same number.';
COMMENT ON COLUMN focus_1_4.PricingCurrencyContractedUnitPrice
IS 'ContractedUnitPrice in PricingCurrency: the same number.';
COMMENT ON COLUMN focus_1_4.PricingCurrencyEffectiveCost IS 'EffectiveCost in PricingCurrency: the same number.';
COMMENT ON COLUMN focus_1_4.InvoiceIssuerName IS 'Who issues the invoice; always Imagekeeper Cloud.';
COMMENT ON COLUMN focus_1_4.InvoiceId IS 'Invoice it belongs to, known before that is issued.';
COMMENT ON COLUMN focus_1_4.ServiceName
IS 'Name of the offer; of servers Elastic Cloud Server or Bare Metal Server; else Account.';
COMMENT ON COLUMN focus_1_4.ServiceCategory IS 'Compute for servers, Other for images and accounts.';
COMMENT ON COLUMN focus_1_4.ServiceSubcategory
IS 'Virtual Machines, Other (Compute) for bare metal, or Other (Other); see focus_subcategory.';
COMMENT ON COLUMN focus_1_4.SkuId
IS 'What is bought: the flavor, or the id of the offer; NULL for credits, tax and rounding.';
COMMENT ON COLUMN focus_1_4.SkuPriceId
IS 'Price of it, with flavor, state, tier or term where the price depends on them; NULL where SkuId is.';
COMMENT ON COLUMN focus_1_4.SkuMeter IS 'What is measured, such as Server Hours; NULL where SkuId is.';
COMMENT ON COLUMN focus_1_4.SkuPriceDetails
IS 'Flavor (InstanceType) and vCPUs (CoreCount) as JSON, where the price depends on the flavor; else NULL.';
COMMENT ON COLUMN focus_1_4.ResourceId
IS 'Id of the server, contract, term or offer; NULL for credits in general, tax and rounding.';
COMMENT ON COLUMN focus_1_4.ResourceName IS 'Name of that; NULL where ResourceId is.';
COMMENT ON COLUMN focus_1_4.ResourceType
IS 'What ResourceId is: Server, Marketplace Contract or Marketplace Subscription; NULL where that is.';
COMMENT ON COLUMN focus_1_4.RegionId IS 'Region of what is charged; NULL for tax and rounding.';
COMMENT ON COLUMN focus_1_4.RegionName IS 'The same: regions have one name.';
COMMENT ON COLUMN focus_1_4.AvailabilityZone IS 'Always NULL: there are none.';
COMMENT ON COLUMN focus_1_4.Tags IS 'Always NULL: servers have none.';
COMMENT ON COLUMN focus_1_4.CapacityReservationId IS 'Always NULL: there are none.';
COMMENT ON COLUMN focus_1_4.CapacityReservationStatus IS 'Always NULL: there are none.';
COMMENT ON COLUMN focus_1_4.CommitmentDiscountCategory
IS 'Usage where a contract or year paid upfront is concerned; NULL otherwise.';
COMMENT ON COLUMN focus_1_4.CommitmentDiscountId IS 'That contract, or that year of a server; NULL otherwise.';
COMMENT ON COLUMN focus_1_4.CommitmentDiscountName IS 'Name of its offer; NULL otherwise.';
COMMENT ON COLUMN focus_1_4.CommitmentDiscountQuantity
IS 'Hours of the term that were bought, used or left unused; NULL otherwise.';
COMMENT ON COLUMN focus_1_4.CommitmentDiscountStatus
IS 'Used or Unused; NULL for the purchase itself, and where no term is concerned.';
COMMENT ON COLUMN focus_1_4.CommitmentDiscountType
IS 'Contract or Yearly Subscription; NULL where no term is concerned.';
COMMENT ON COLUMN focus_1_4.CommitmentDiscountUnit IS 'Always Hours; NULL where no term is concerned.';
COMMENT ON COLUMN focus_1_4.EffectiveCost
IS 'Its cost with upfront payments spread over the time they cover, in BillingCurrency; of tax what is billed.';
COMMENT ON COLUMN focus_1_4.ServiceProviderName IS 'Who sells it: the publisher of the image, else the cloud.';
COMMENT ON COLUMN focus_1_4.HostProviderName IS 'The cloud it ran on; always Imagekeeper Cloud.';
COMMENT ON COLUMN focus_1_4.InvoiceDetailId IS 'Always NULL: invoices have no lines of their own.';
COMMENT ON COLUMN focus_1_4.AllocatedMethodId IS 'Always NULL: no cost is split.';
COMMENT ON COLUMN focus_1_4.AllocatedMethodDetails IS 'Always NULL: no cost is split.';
COMMENT ON COLUMN focus_1_4.AllocatedResourceId IS 'Always NULL: no cost is split.';
COMMENT ON COLUMN focus_1_4.AllocatedResourceName IS 'Always NULL: no cost is split.';
COMMENT ON COLUMN focus_1_4.AllocatedTags IS 'Always NULL: no cost is split.';
COMMENT ON COLUMN focus_1_4.ContractApplied IS 'Always NULL: contracts are told of as CommitmentDiscountId.';
COMMENT ON COLUMN focus_1_4.CommitmentProgramEligibilityDetails IS 'Always NULL: nothing is said of it.';
COMMENT ON COLUMN focus_1_4.x_kind
IS 'server: the flavor; image: the Marketplace offer; account: tax, rounding, credits in general.';
COMMENT ON COLUMN focus_1_4.x_source IS 'usage: metered; credit: granted; closing: tax and rounding of the invoice.';
COMMENT ON COLUMN focus_1_4.x_server_id
IS 'Server it is about, also where ResourceId is a term; NULL where about none, or about several.';
COMMENT ON COLUMN focus_1_4.x_offer_id
IS 'Offer the image of the server stems from, on server rows too; NULL where from none.';
COMMENT ON COLUMN focus_1_4.x_offer_name IS 'Name of that offer; NULL where there is none.';
COMMENT ON COLUMN focus_1_4.x_publisher IS 'Tenant that sells it; NULL where there is none.';
COMMENT ON COLUMN focus_1_4.x_offered_image_id IS 'Image that is on sale as that offer; NULL where there is none.';
COMMENT ON COLUMN focus_1_4.x_image_id IS 'Image the server ran; NULL where no server is concerned.';
COMMENT ON COLUMN focus_1_4.x_flavor IS 'Flavor the server ran on; NULL where no server is concerned.';
COMMENT ON COLUMN focus_1_4.x_vcpus
IS 'vCPUs of that flavor; NULL where no server is concerned, or the flavor is not known.';
COMMENT ON COLUMN focus_1_4.x_state IS 'State the server was in: running or stopped; NULL for what is no time.';
COMMENT ON COLUMN focus_1_4.x_price_id
IS 'Version of the price (price, flavor_price) or contract it is charged by; NULL where there is none.';
COMMENT ON COLUMN focus_1_4.x_pricing_model
IS 'How that price works, such as hourly or tiered; NULL where there is none.';
COMMENT ON COLUMN focus_1_4.x_stretch_started_at
IS 'When the span of the server (server_span) began, UTC; NULL for what is no time.';
COMMENT ON COLUMN focus_1_4.x_used_seconds
IS 'How long the server was used, in seconds, before any rounding; 0 for what is no time.';
COMMENT ON COLUMN focus_1_4.x_corrected_month
IS 'Of a correction, first moment of the closed month it corrects, UTC; NULL otherwise.';

-- The linter cannot read this kind:
-- noqa: disable=PRS
COMMENT ON MACRO TABLE image_at
IS 'Images that existed at a moment, with how many tenants they were shared with (members) and how they were offered (kind): FROM image_at(now()).';
COMMENT ON MACRO TABLE member_at IS 'Shares as they stood at a moment: FROM member_at(now()).';
COMMENT ON MACRO TABLE image_use_at
IS 'Who used which image until a moment: servers and disks there are then, copies and exports ever, and when last: FROM image_use_at(now()).';
