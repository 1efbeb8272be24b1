"""Rules of sharing an image with a tenant."""

from domain.policy.engine import Rule
from domain.policy.rules.image import USABLE, only_the_owner

FOUNDING = "founding document, Shared Image"
RULES = (
    *USABLE,
    only_the_owner("share.not-owner", "can share it; a recipient cannot share it further"),
    Rule(
        "share.not-private",
        when="visibility NOT IN ('private', 'marketplace')",
        because="image '{image_name}' is {visibility}",
        remedy="every tenant can use it already; nothing needs to be shared",
        source=FOUNDING,
    ),
    Rule(
        "share.published",
        when="published",
        because="image '{image_name}' is published in Marketplace",
        remedy="withdraw the offer first, or share a copy of the image",
        source=FOUNDING,
    ),
    Rule(
        "share.other-region",
        when="region <> image_region",
        because="image '{image_name}' is in {image_region}, {tenant} is to use it in {region}",
        remedy="copy the image to {region}, then share the copy there",
        source=FOUNDING,
    ),
    Rule(
        "share.encrypted",
        when="encrypted AND NOT $share_encrypted",
        because="image '{image_name}' is encrypted",
        remedy="copy it within its region with encrypted: false, then share the copy",
        source=FOUNDING,
    ),
    Rule(
        "share.full-ecs-not-cbr",
        when="image_type = 'full_ecs' AND NOT ($share_full_ecs AND backup_service IS NOT DISTINCT FROM 'cbr')",
        because="image '{image_name}' is a full-ECS image created using {backup_service}",
        remedy="back up the server with CBR, create a full-ECS image from that backup, and share it",
        source=FOUNDING,
    ),
    Rule(
        "share.with-oneself",
        when="tenant = image_owner",
        because="{tenant} owns image '{image_name}'",
        remedy="remove the owner from the tenants",
        source="IMS error IMG.0076: an image cannot be shared with its owner",
    ),
    Rule(
        "share.tenant-limit",
        when="NOT already_member AND member_count >="
        " CASE WHEN image_type = 'full_ecs' THEN $share_tenants_full_ecs"
        " WHEN image_type <> 'full_ecs' THEN $share_tenants END",
        because="image '{image_name}' is shared with {member_count} tenants already, as many as an image may have",
        remedy="stop sharing with a tenant that no longer uses it, or share a copy of the image",
        source=FOUNDING,
        counts=True,
    ),
)
