"""Rules of exporting an image to a file."""

from domain.policy.engine import Rule
from domain.policy.rules.image import USABLE, only_the_owner

RULES = (
    *USABLE,
    only_the_owner("export.not-owner", "can export it"),
    Rule(
        "export.public",
        when="visibility = 'public'",
        because="image '{image_name}' is public",
        remedy="get the system from its distributor",
        source="IMS error IMG.0077",
    ),
    Rule(
        "export.full-ecs",
        when="image_type = 'full_ecs' OR backup_service IS NOT NULL",
        because="image '{image_name}' was created from a backup of a whole server",
        remedy="capture the server's system disk as an image, and export that",
        source="IMS errors IMG.0128, IMG.0079",
    ),
    Rule(
        "export.iso",
        when="image_type = 'iso'",
        because="image '{image_name}' is an ISO",
        remedy="use the ISO file from which it was imported",
        source="IMS error IMG.0167",
    ),
    Rule(
        "export.from-marketplace",
        when="origin_publisher IS NOT NULL AND origin_publisher <> actor",
        because="image '{image_name}' was created from an image that {origin_publisher} sells",
        remedy="use it in the cloud; an image that is sold cannot leave the cloud",
        source="IMS error IMG.0078",
    ),
    Rule(
        "export.other-format",
        when="wanted_format IS NOT NULL AND wanted_format <> image_format",
        because="image '{image_name}' has the format {image_format}, not {wanted_format}",
        remedy="export it in its own format, and convert the file: qemu-img convert -O {wanted_format}",
        source="Imagekeeper: an export has the stored format",
    ),
    Rule(
        "export.file-exists",
        when="file_exists",
        because="the file '{file}' exists and has other content",
        remedy="choose another name, or move the file away",
        source="IMS: exporting an image, the target must not exist (IMG.0070)",
    ),
)
