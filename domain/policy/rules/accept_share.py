"""Rules of accepting a share."""

from domain.policy.engine import Rule
from domain.policy.rules.image import FOUND

RULES = (
    *FOUND,
    Rule(
        "accept.not-shared",
        when="member_status IS NULL",
        because="image '{image_name}' is not shared with {actor}",
        remedy="have {image_owner} share it with {actor} first",
        source="Glance: only a member changes its own status (404 otherwise)",
    ),
)
