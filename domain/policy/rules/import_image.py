"""Rules of importing an external file as a private image."""

from domain.policy.engine import Rule
from domain.policy.rules.image import NAME_TAKEN

FILE = (
    Rule(
        "import.file-missing",
        when="NOT file_found",
        because="the file '{file}' does not exist",
        remedy_by="file_at",
        remedy={
            "folder": "put the file into the import folder, or correct its name",
            "url": "only a real cloud downloads files, from IMAGEKEEPER_IMPORT_URLS; else download it first",
        },
        source="IMS error IMG.0017",
        alone=True,
    ),
    Rule(
        "import.unsafe-file",
        when="file_unsafe IS NOT NULL",
        because="the file '{file}' is not safe to use: {file_unsafe}",
        remedy="convert it to a plain file of its own: qemu-img convert -O qcow2",
        source="oslo.utils format inspector; Glance CVE-2024-32498",
        alone=True,
    ),
    Rule(
        "import.wrong-format",
        when="said_format IS NOT NULL AND said_format <> file_format",
        because="disk_format is {said_format}, but the file '{file}' is {file_format}",
        remedy="set disk_format: {file_format}, or leave out disk_format",
        source="IMS error IMG.0072; Glance 33 refuses a mismatch",
    ),
    Rule(
        "import.not-an-iso",
        when="(image_type = 'iso') <> (file_format = 'iso')",
        because="image_type is {image_type}, but the file '{file}' is {file_format}",
        remedy="use image_type iso for ISO files, and another image_type for other files",
        source="IMS: an ISO file is registered as an ISO image",
    ),
    Rule(
        "import.full-ecs",
        when="image_type = 'full_ecs'",
        because="a full-ECS image is created from a server or its backup, not from a file",
        remedy="use capture_server or capture_backup",
        source="IMS: creating a full-ECS image",
    ),
    Rule(
        "import.does-not-fit",
        when="virtual_size_bytes > min_disk_gb * 1073741824::BIGINT",
        because="the disk in '{file}' has {virtual_size_bytes} bytes and does not fit min_disk_gb {min_disk_gb}",
        remedy="raise min_disk_gb",
        source="IMS error IMG.0111: the system disk must hold the disk in the file",
    ),
    Rule(
        "import.disk-too-large",
        when="min_disk_gb > CASE WHEN image_type = 'data_disk' THEN $data_disk_gb_max ELSE $system_disk_gb_max END",
        because="min_disk_gb {min_disk_gb} is larger than the largest disk",
        remedy="use at most $system_disk_gb_max GB for a system disk, $data_disk_gb_max GB for a data disk",
        source="IMS: creating an image, min_disk (IMG.0055)",
    ),
    Rule(
        "import.encrypted-iso",
        when="image_type = 'iso' AND encrypted",
        because="an ISO image cannot be encrypted",
        remedy="import it unencrypted",
        source="IMS constraints: ISO images (IMG.0167)",
    ),
    Rule(
        "import.encrypted-bms",
        when="target = 'bms' AND encrypted",
        because="an image for bare metal cannot be encrypted",
        remedy="import it unencrypted",
        source="IMS error IMG.0118",
    ),
)
RULES = (*FILE, NAME_TAKEN)
