"""Rules of creating a full-ECS image from a backup."""

from domain.policy.engine import Rule
from domain.policy.rules.image import NAME_TAKEN
from domain.policy.rules.server import unknown

RULES = (
    unknown("backup")[0],  # a backup has no name, so it is never ambiguous
    NAME_TAKEN,
    Rule(
        "capture.backup-used",
        when="images_made > 0",
        because="an image was already created from backup '{backup}'",
        remedy="back up the server again, and create the image from that backup",
        source="IMS: only one full-ECS image can be created from a backup (IMG.0029)",
    ),
)
