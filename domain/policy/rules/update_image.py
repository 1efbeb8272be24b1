"""Rules of changing attributes of an image."""

from domain.policy.engine import Rule
from domain.policy.rules.image import NAME_TAKEN, USABLE, only_the_owner

RULES = (
    *USABLE,
    only_the_owner("update.not-owner", "can change it"),
    NAME_TAKEN,
    Rule(
        "update.does-not-fit",
        when="coalesce(virtual_size_bytes > min_disk_gb * 1073741824::BIGINT, FALSE)",
        because="the disk of image '{image_name}' has {virtual_size_bytes} bytes and does not fit {min_disk_gb} GB",
        remedy="leave min_disk_gb as it is, or raise it",
        source="IMS error IMG.0111",
    ),
)
