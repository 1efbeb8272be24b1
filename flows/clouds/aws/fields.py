"""An Amazon machine image (AMI) in EC2's words and in ours. What EC2 does not tell (bytes, digest, format) is None."""

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
"""EC2's states of an image; of one that we do not know nobody can be sure to start anything: it counts as disabled."""

LINUX = ("linux", "ubuntu")
"""What ``PlatformDetails`` says of a Linux: Linux/UNIX, Red Hat Enterprise Linux, Ubuntu Pro, …"""


def seen(image: Mapping[str, Any], name_of: Callable[[str | None], str], now: datetime) -> SeenImage:
    """An image as ``DescribeImages`` tells of it, in our words.

    Args:
        image: what EC2 says.
        name_of: the tenant of an account's id.
        now: by what time a deprecation counts as past.
    """
    public = bool(image.get("Public"))
    made = moment(image.get("CreationDate")) or datetime.fromtimestamp(0, UTC)
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
        created_at=made,
        updated_at=max(made, deprecated) if deprecated is not None and hidden else made,
    )


def moment(text: str | None) -> datetime | None:
    """A time as EC2 writes it: in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _disks(image: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [mapped["Ebs"] for mapped in image.get("BlockDeviceMappings") or () if mapped.get("Ebs")]


def _root_gib(image: Mapping[str, Any]) -> int | None:
    """The size of the volume that an instance starts from, in GiB; None where it is none of EBS."""
    for mapped in image.get("BlockDeviceMappings") or ():
        if mapped.get("DeviceName") == image.get("RootDeviceName"):
            size = mapped.get("Ebs", {}).get("VolumeSize")
            return None if size is None else int(size)
    return None


def _os_type(image: Mapping[str, Any]) -> str | None:
    """The family of its system. Images for Macs are told by the processor alone: EC2 calls them Linux/UNIX."""
    said = str(image.get("PlatformDetails") or "").lower()
    if str(image.get("Architecture")).endswith("_mac"):
        return OsType.OTHER
    if str(image.get("Platform")).lower() == "windows" or said.startswith("windows"):
        return OsType.WINDOWS
    if any(word in said for word in LINUX):
        return OsType.LINUX
    return OsType.OTHER if said else None


def _architecture(image: Mapping[str, Any]) -> str | None:
    said = image.get("Architecture")
    if said is None:
        return None
    return Architecture.ARM if str(said).startswith("arm64") else Architecture.X86
