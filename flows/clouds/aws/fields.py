"""Convert Amazon machine images (AMIs) to Imagekeeper's fields. What EC2 does not list (size, hash, format) is None."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from domain.inventory import SeenImage
from domain.vocabulary import Architecture, ImageStatus, OsType, Visibility

GIB = 2**30

STATUS = {
    "pending": ImageStatus.SAVING,
    "transient": ImageStatus.SAVING,
    "available": ImageStatus.ACTIVE,
    "disabled": ImageStatus.DEACTIVATED,
    "failed": ImageStatus.KILLED,
    "invalid": ImageStatus.KILLED,
    "error": ImageStatus.KILLED,
    "deregistered": ImageStatus.DELETED,
}
"""The status of an image by its state in EC2. An unknown state counts as deactivated: it may not be launchable."""

LINUX = ("linux", "ubuntu")
"""``PlatformDetails`` of a Linux contains one of these: Linux/UNIX, Red Hat Enterprise Linux, Ubuntu Pro, …"""


def seen(image: Mapping[str, Any], name_of: Callable[[str | None], str], now: datetime) -> SeenImage:
    """Convert an image of ``DescribeImages``.

    Args:
        image: the image as EC2 lists it.
        name_of: returns the tenant of an account id.
        now: the time at which a deprecation counts as past.
    """
    public = bool(image.get("Public"))
    created = moment(image.get("CreationDate")) or datetime.fromtimestamp(0, UTC)
    deprecated = moment(image.get("DeprecationTime"))
    hidden = deprecated is not None and deprecated <= now
    root_gib, disks = _root_gib(image), _disks(image)
    source = image.get("SourceImageId") or None
    return SeenImage(
        blob=str(image["ImageId"]),
        name=str(image.get("Name") or ""),
        owner=name_of(image.get("OwnerId")),
        visibility=Visibility.PUBLIC if public else Visibility.PRIVATE,
        cloud_visibility="public" if public else "private",
        status=STATUS.get(str(image.get("State")), ImageStatus.DEACTIVATED),
        image_type=None,
        target=None,
        os_type=_os_type(image),
        os_distribution=None,
        os_version=None,
        architecture=_architecture(image),
        disk_format=None,
        size_bytes=None,
        virtual_size_bytes=None if root_gib is None else root_gib * GIB,
        min_disk_gb=root_gib or 0,
        min_ram_mb=0,
        checksum=None,
        encrypted=any(disk.get("Encrypted") for disk in disks),
        kms_key_id=next((str(disk["KmsKeyId"]) for disk in disks if disk.get("KmsKeyId")), None),
        source_kind=None if source is None else "image",
        source_id=source,
        backup_service=None,
        published=any(code.get("ProductCodeType") == "marketplace" for code in image.get("ProductCodes") or ()),
        protected=str(image.get("DeregistrationProtection") or "").startswith("enabled"),
        hidden=hidden,
        description=image.get("Description") or None,
        tags=tuple(sorted(f"{tag['Key']}={tag['Value']}" for tag in image.get("Tags") or ())),
        created_at=created,
        updated_at=max(created, deprecated) if deprecated is not None and hidden else created,
    )


def moment(text: str | None) -> datetime | None:
    """Parse a time of EC2, which is in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _disks(image: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [mapped["Ebs"] for mapped in image.get("BlockDeviceMappings") or () if mapped.get("Ebs")]


def _root_gib(image: Mapping[str, Any]) -> int | None:
    """Return the size of the root volume in GiB; None if it is not an EBS volume."""
    for mapped in image.get("BlockDeviceMappings") or ():
        if mapped.get("DeviceName") == image.get("RootDeviceName"):
            size = mapped.get("Ebs", {}).get("VolumeSize")
            return None if size is None else int(size)
    return None


def _os_type(image: Mapping[str, Any]) -> str | None:
    """Return the family of the operating system. macOS is recognized by the processor: EC2 calls it Linux/UNIX."""
    platform = str(image.get("PlatformDetails") or "").lower()
    if str(image.get("Architecture")).endswith("_mac"):
        return OsType.OTHER
    if str(image.get("Platform")).lower() == "windows" or platform.startswith("windows"):
        return OsType.WINDOWS
    if any(name in platform for name in LINUX):
        return OsType.LINUX
    return OsType.OTHER if platform else None


def _architecture(image: Mapping[str, Any]) -> str | None:
    architecture = image.get("Architecture")
    if architecture is None:
        return None
    return Architecture.ARM if str(architecture).startswith("arm64") else Architecture.X86
