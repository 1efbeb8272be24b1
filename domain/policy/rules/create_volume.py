"""Rules of creating an EVS disk from an image."""

from domain.policy.engine import Rule
from domain.policy.rules.image import USABLE

RULES = (
    *USABLE,
    Rule(
        "volume.not-data-disk",
        when="image_type <> 'data_disk'",
        because="image '{image_name}' is a {image_type} image",
        remedy="use a data-disk image; for a system-disk image, use launch_server",
        source="founding document, Table 1: a data disk image creates EVS disks",
    ),
    Rule(
        "volume.other-region",
        when="region <> image_region",
        because="image '{image_name}' is in {image_region}, but the disk would be in {region}",
        remedy="copy the image to {region}, and create the disk from the copy",
        source="EVS: a disk is in the region of its image",
    ),
    Rule(
        "volume.too-small",
        when="size_gb < min_disk_gb",
        because="image '{image_name}' needs {min_disk_gb} GB, but size_gb is {size_gb}",
        remedy="set size_gb to at least {min_disk_gb}",
        source="Cinder checks min_disk (IMG.0055)",
    ),
)
