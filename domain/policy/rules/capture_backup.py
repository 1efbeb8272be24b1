"""Rules of making a full-ECS image of a backup."""

from domain.policy.engine import Rule
from domain.policy.rules.image import NAME_TAKEN
from domain.policy.rules.server import unknown

RULES = (
    unknown("backup")[0],  # a backup has no name, so it is never ambiguous
    NAME_TAKEN,
    Rule(
        "capture.backup-used",
        when="images_made > 0",
        because="backup '{backup}' has an image already",
        remedy="back the server up again, and make the image of that backup",
        source="IMS: one backup makes one full-ECS image (IMG.0029)",
    ),
)
