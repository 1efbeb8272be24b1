"""Rules of deleting an image. The owner can delete it while others use it, without notice."""

from domain.policy.engine import Rule
from domain.policy.rules.image import FOUND, USAGE_UNKNOWN, only_the_owner

RULES = (
    *FOUND,
    only_the_owner("delete.not-owner", "can delete it; a recipient can reject the share"),
    Rule(
        "delete.protected",
        when="protected",
        because="image '{image_name}' is protected",
        remedy="update it with protected: false first",
        source="IMS errors IMG.0028, IMG.0091",
    ),
    Rule(
        "delete.published",
        when="published",
        because="image '{image_name}' is published in Marketplace",
        remedy="withdraw its offer first",
        source="IMS error IMG.0093",
    ),
    Rule(
        "delete.public",
        when="visibility = 'public'",
        because="image '{image_name}' is public",
        remedy="deactivate or deprecate it",
        source="IMS error IMG.0094",
    ),
    USAGE_UNKNOWN,
)
