"""What holds of the tables of images, shares, servers and offers, whatever was done: of real use and of demo data."""

from enum import StrEnum

from domain.vocabulary import (
    Architecture,
    BackupService,
    DiskFormat,
    ImageStatus,
    ImageType,
    MemberStatus,
    PricingModel,
    ServerState,
    Target,
    Visibility,
)

WORDS: dict[tuple[str, str], type[StrEnum]] = {
    ("image", "visibility"): Visibility,
    ("image", "image_type"): ImageType,
    ("image", "target"): Target,
    ("image", "status"): ImageStatus,
    ("image", "architecture"): Architecture,
    ("image", "disk_format"): DiskFormat,
    ("image", "backup_service"): BackupService,
    ("image_member", "status"): MemberStatus,
    ("offer", "pricing_model"): PricingModel,
    ("price", "pricing_model"): PricingModel,
    ("server", "target"): Target,
    ("server", "state"): ServerState,
    ("server_span", "state"): ServerState,
    ("backup", "service"): BackupService,
}
"""The columns whose values are words of a vocabulary."""

NEVER = {
    "an id stands for two things": "SELECT image_id FROM image GROUP BY ALL HAVING count(*) > 1"
    " UNION ALL SELECT server_id FROM server GROUP BY ALL HAVING count(*) > 1"
    " UNION ALL SELECT volume_id FROM volume GROUP BY ALL HAVING count(*) > 1"
    " UNION ALL SELECT offer_id FROM offer GROUP BY ALL HAVING count(*) > 1"
    " UNION ALL SELECT contract_id FROM contract GROUP BY ALL HAVING count(*) > 1"
    " UNION ALL SELECT credit_id FROM credit GROUP BY ALL HAVING count(*) > 1",
    "a tenant has an image twice": "SELECT image_id, tenant FROM image_member WHERE removed_at IS NULL"
    " GROUP BY ALL HAVING count(*) > 1",
    "somebody has an image that is gone": "SELECT m.* FROM image_member AS m JOIN image AS i USING (image_id)"
    " WHERE i.deleted_at IS NOT NULL AND m.removed_at IS NULL",
    "an owner is a member": "SELECT m.* FROM image_member AS m JOIN image AS i USING (image_id)"
    " WHERE m.tenant = i.owner",
    "an image is on sale and shared": "SELECT m.* FROM image_member AS m JOIN image AS i USING (image_id)"
    " WHERE i.published AND m.removed_at IS NULL",
    "an image is on sale without an offer, or the reverse": "SELECT i.image_id FROM image AS i LEFT JOIN offer AS o"
    " ON i.image_id = o.image_id AND o.withdrawn_at IS NULL"
    " GROUP BY i.image_id, i.published, i.visibility"
    " HAVING count(o.offer_id) <> i.published::INTEGER OR i.published <> (i.visibility = 'marketplace')",
    "two offers of one name are on sale": "SELECT name FROM offer WHERE withdrawn_at IS NULL"
    " GROUP BY ALL HAVING count(*) > 1",
    "prices overlap or leave a gap": "SELECT * FROM price"
    " QUALIFY valid_to IS DISTINCT FROM lead(valid_from) OVER (PARTITION BY offer_id ORDER BY valid_from)",
    "an offer has two currencies": "SELECT offer_id FROM price WHERE pricing_model NOT IN ('free', 'byol')"
    " GROUP BY offer_id HAVING count(DISTINCT currency) > 1",
    "a contract is not as the price that it was bought at": "SELECT c.* FROM contract AS c LEFT JOIN price AS p"
    " ON c.price_id = p.price_id AND c.offer_id = p.offer_id AND c.starts_at >= p.valid_from"
    " WHERE p.pricing_model IS DISTINCT FROM 'contract' OR p.amount <> c.hourly OR p.currency <> c.currency",
    "a price says another thing than its terms": "SELECT * FROM price WHERE terms ->> '$.model' <> pricing_model"
    " OR coalesce(terms ->> '$.currency', currency) <> currency"
    " OR coalesce((terms ->> '$.amount')::DECIMAL(18, 9), amount) <> amount",
    "spans overlap or leave a gap": "SELECT * FROM server_span QUALIFY ended_at IS DISTINCT FROM"
    " lead(started_at) OVER (PARTITION BY server_id ORDER BY started_at, ended_at NULLS LAST)"
    " AND lead(started_at) OVER (PARTITION BY server_id ORDER BY started_at, ended_at NULLS LAST) IS NOT NULL",
    "a server's last span is another than the server": "SELECT s.server_id FROM server AS s LEFT JOIN server_span AS p"
    " ON s.server_id = p.server_id AND p.ended_at IS NULL WHERE (s.state = 'terminated') <> (p.server_id IS NULL)"
    " OR p.state <> s.state OR p.flavor <> s.flavor OR p.image_id <> s.image_id",
    "something ends before it begins": "SELECT image_id FROM image WHERE deleted_at < created_at"
    " UNION ALL SELECT image_id FROM image_member WHERE removed_at < shared_at OR accepted_at < shared_at"
    " UNION ALL SELECT offer_id FROM offer WHERE withdrawn_at < published_at"
    " UNION ALL SELECT offer_id FROM price WHERE valid_to <= valid_from"
    " UNION ALL SELECT contract_id FROM contract WHERE ends_at <= starts_at"
    " UNION ALL SELECT server_id FROM server WHERE deleted_at < created_at"
    " UNION ALL SELECT server_id FROM server_span WHERE ended_at < started_at",
    "what is deleted is not marked so": "SELECT image_id FROM image"
    " WHERE (status = 'deleted') <> (deleted_at IS NOT NULL)"
    " UNION ALL SELECT server_id FROM server WHERE (state = 'terminated') <> (deleted_at IS NOT NULL)",
    "something is encrypted without a key, or the reverse": "SELECT * FROM image"
    " WHERE encrypted <> (kms_key_id IS NOT NULL)",
    "something has no bytes": "SELECT image_id FROM image WHERE blob IS NULL"
    " UNION ALL SELECT server_id FROM server WHERE blob IS NULL"
    " UNION ALL SELECT volume_id FROM volume WHERE blob IS NULL",
    "a lineage leads nowhere": "SELECT i.* FROM image AS i LEFT JOIN image AS o ON i.origin_image_id = o.image_id"
    " WHERE o.image_id IS NULL",
    "a line was recorded twice": "SELECT batch_id, line FROM action_log GROUP BY ALL HAVING count(*) > 1",
    "a denial has an outcome, or no reason": "SELECT line FROM action_log"
    " WHERE (verdict = 'denied') <> (outcome IS NULL)"
    " OR (verdict = 'denied') <> (len(denied_by) > 0) OR len(denied_by) <> len(because) OR len(because) <> len(remedy)"
    " OR list_contains(because, NULL) OR list_contains(remedy, NULL)",
}
"""Queries for rows that must never exist, by what they would mean."""
