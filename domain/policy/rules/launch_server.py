"""Rules of launching servers from an image."""

from domain.policy.engine import Rule
from domain.policy.rules.image import USABLE
from domain.policy.rules.server import FLAVOR_UNKNOWN, TOO_LITTLE_DISK, TOO_LITTLE_RAM

RULES = (
    *USABLE,
    FLAVOR_UNKNOWN,
    Rule(
        "launch.not-bootable",
        when="image_type = 'data_disk'",
        because="image '{image_name}' contains only service data, no system to start",
        remedy="create an EVS disk from it with create_volume",
        source="founding document, Table 1: a data disk image creates EVS disks",
    ),
    Rule(
        "launch.wrong-target",
        when="image_target <> wanted_target OR flavor_target <> wanted_target",
        because="image '{image_name}' is for {image_target} servers and flavor {flavor} for {flavor_target},"
        " but the target is {wanted_target}",
        remedy="use an image and a flavor for {wanted_target}",
        source="founding document, Image: an ECS or BMS template (IMG.0024)",
    ),
    Rule(
        "launch.other-region",
        when="region <> image_region",
        because="image '{image_name}' is in {image_region}, but the server would be in {region}",
        remedy="copy the image to {region}, and launch the copy",
        source="IMS: creating an ECS from an image, same region",
    ),
    TOO_LITTLE_RAM,
    TOO_LITTLE_DISK,
)
