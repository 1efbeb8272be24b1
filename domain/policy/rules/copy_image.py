"""Rules of copying an image."""

from domain.policy.engine import Rule
from domain.policy.rules.image import NAME_TAKEN, USABLE

RULES = (
    *USABLE,
    NAME_TAKEN,
    Rule(
        "copy.public",
        when="visibility = 'public'",
        because="image '{image_name}' is public",
        remedy="launch a server from it, capture the server, and copy that image",
        source="IMS error IMG.0083: copying across regions",
    ),
    Rule(
        "copy.marketplace",
        when="visibility = 'marketplace' AND image_owner <> actor",
        because="image '{image_name}' is sold by {image_owner}",
        remedy="launch a server from it in {image_region}",
        source="IMS error IMG.0107",
    ),
    Rule(
        "copy.not-accepted",
        when="visibility = 'private' AND image_owner <> actor AND member_status IS DISTINCT FROM 'accepted'",
        because="the share of image '{image_name}' with {actor} is {member_status}, not accepted",
        remedy="accept the share first",
        source="IMS: replicating a shared image (IMG.0196)",
    ),
    Rule(
        "copy.shared-other-region",
        when="visibility = 'private' AND image_owner <> actor AND to_region <> image_region",
        because="image '{image_name}' is shared with {actor} in {image_region} only",
        remedy="copy it within {image_region} first; {actor} owns that copy and can copy it to {to_region}",
        source="IMS: replicating a shared image, same region only",
    ),
    Rule(
        "copy.full-ecs",
        when="image_type = 'full_ecs' AND NOT (to_region <> image_region AND $copy_full_ecs_across_regions)",
        because="image '{image_name}' is a full-ECS image",
        remedy="capture the server's system disk as an image, and copy that",
        source="IMS error IMG.0130: replicating images",
    ),
    Rule(
        "copy.iso",
        when="image_type = 'iso'",
        because="image '{image_name}' is an ISO",
        remedy="import the ISO file in the other region",
        source="IMS error IMG.0167",
    ),
    Rule(
        "copy.encrypted-other-region",
        when="source_encrypted AND to_region <> image_region AND NOT $copy_encrypted_across_regions",
        because="image '{image_name}' is encrypted with a key of {image_region}",
        remedy="copy it within {image_region} with encrypted: false, then copy that to {to_region}",
        source="IMS error IMG.0142: keys are regional",
    ),
    Rule(
        "copy.same-key",
        when="source_encrypted AND copy_encrypted AND to_region = image_region AND copy_key = source_key",
        because="the copy would have the same key as image '{image_name}'",
        remedy="set another kms_key, or set encrypted: false",
        source="IMS error IMG.0102: the new key must differ",
    ),
)
