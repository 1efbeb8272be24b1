"""Rules of reactivating an image."""

from domain.policy.engine import Rule
from domain.policy.rules.image import FOUND, only_the_owner

RULES = (
    *FOUND,
    only_the_owner("reactivate.not-owner", "can reactivate it"),
    Rule(
        "reactivate.not-deactivated",
        when="status <> 'deactivated'",
        because="image '{image_name}' is {status}",
        remedy="nothing needs to be done; only a deactivated image can be reactivated",
        source="Glance, image status transitions",
    ),
)
