"""Rules of making an image usable again."""

from domain.policy.engine import Rule
from domain.policy.rules.image import FOUND, only_the_owner

RULES = (
    *FOUND,
    only_the_owner("reactivate.not-owner", "reactivates it"),
    Rule(
        "reactivate.not-deactivated",
        when="status <> 'deactivated'",
        because="image '{image_name}' is {status}",
        remedy="only a deactivated image is reactivated",
        source="Glance, image status transitions",
    ),
)
