"""Rules of starting servers from an image."""

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
        remedy="make an EVS disk from it with create_volume",
        source="founding document, Table 1: a data disk image creates EVS disks",
    ),
    Rule(
        "launch.wrong-target",
        when="image_target <> wanted_target OR flavor_target <> wanted_target",
        because="image '{image_name}' starts {image_target} servers, flavor {flavor} is {flavor_target},"
        " and a {wanted_target} is asked for",
        remedy="use an image and a flavor for {wanted_target}",
        source="founding document, Image: an ECS or BMS template (IMG.0024)",
    ),
    Rule(
        "launch.other-region",
        when="region <> image_region",
        because="image '{image_name}' is in {image_region}, the server is to be in {region}",
        remedy="copy the image to {region}, and launch the copy",
        source="IMS: creating an ECS from an image, same region",
    ),
    TOO_LITTLE_RAM,
    TOO_LITTLE_DISK,
)
