"""Rules of all actions on an existing image."""

from domain.policy.engine import Rule

UNKNOWN = Rule(
    "image.unknown",
    when="image_matches = 0",
    because="there is no image '{image}' that {actor} can see",
    remedy="check the id or name; if the image is another tenant's, have it shared with {actor} first",
    source="Glance: an image that the tenant cannot see gives 404, like one that does not exist",
    alone=True,
)
AMBIGUOUS = Rule(
    "image.ambiguous",
    when="image_matches > 1",
    because="'{image}' matches {image_matches} images",
    remedy="use the id of the image",
    source="Imagekeeper: a reference must match exactly one image",
    alone=True,
)
NOT_ACTIVE = Rule(
    "image.not-active",
    when="status <> 'active'",
    because="image '{image_name}' is {status}",
    remedy="use an active image; its owner can reactivate this one if it is deactivated",
    source="IMS, image attributes: only an active image can be used (IMG.0046)",
)
NAME_TAKEN = Rule(
    "image.name-taken",
    when="$image_names_unique AND name_taken",
    because="{actor} already has an image called '{name}' there",
    remedy="give the image another name",
    source="IMS error IMG.0009; Glance allows several images with one name",
)
USAGE_UNKNOWN = Rule(
    "retention.usage-unknown",
    when="by_retention AND NOT usage_complete",
    because="servers and volumes that others started on {image_cloud} are not observed,"
    " so it is not known whether image '{image_name}' is in use",
    remedy="check what uses the image, then deprecate or delete it in an ordinary batch; or run retention on the"
    " embedded cloud, whose usage is complete. This version cannot observe all servers and volumes on {image_cloud}",
    source="Imagekeeper: retention retires an image only if it is known to be unused",
)
FOUND = (UNKNOWN, AMBIGUOUS)
USABLE = (UNKNOWN, AMBIGUOUS, NOT_ACTIVE)


def only_the_owner(rule_id: str, doing: str) -> Rule:
    """Return the rule that only the owner of an image can do this; ``doing`` ends the sentence."""
    return Rule(
        rule_id,
        when="image_owner <> actor",
        because=f"image '{{image_name}}' belongs to {{image_owner}}; only its owner {doing}",
        remedy="ask {image_owner}, or copy the image and use the copy",
        source="IMS errors IMG.0047, IMG.0092; Glance answers 403",
    )
