"""Rules of making an EVS disk from an image."""

from domain.policy.engine import Rule
from domain.policy.rules.image import USABLE

RULES = (
    *USABLE,
    Rule(
        "volume.not-data-disk",
        when="image_type <> 'data_disk'",
        because="image '{image_name}' is a {image_type} image",
        remedy="use a data-disk image; a system is started with launch_server",
        source="founding document, Table 1: a data disk image creates EVS disks",
    ),
    Rule(
        "volume.other-region",
        when="region <> image_region",
        because="image '{image_name}' is in {image_region}, the disk is to be in {region}",
        remedy="copy the image to {region}, and make the disk from the copy",
        source="EVS: a disk is in the region of its image",
    ),
    Rule(
        "volume.too-small",
        when="size_gb < min_disk_gb",
        because="image '{image_name}' needs {min_disk_gb} GB, the disk is to have {size_gb}",
        remedy="ask for at least {min_disk_gb} GB",
        source="Cinder checks min_disk (IMG.0055)",
    ),
)
