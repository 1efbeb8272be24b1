"""What a cloud says it holds: images and who they are shared with, region by region. Sync writes it down."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SeenImage:
    """An image as the cloud describes it, in our words; None is what the cloud does not say.

    Sizes are in bytes unless the name says otherwise; ``owner`` is a tenant's name where it is known, else its id.
    ``blob`` is what the cloud itself calls the image. ``cloud_visibility`` is the cloud's own word.
    """

    blob: str
    name: str
    owner: str
    visibility: str
    cloud_visibility: str
    status: str
    image_type: str | None
    target: str | None
    os_type: str | None
    os_distribution: str | None
    os_version: str | None
    architecture: str | None
    disk_format: str | None
    size_bytes: int | None
    virtual_size_bytes: int | None
    min_disk_gb: int
    min_ram_mb: int
    checksum: str | None
    encrypted: bool
    kms_key_id: str | None
    source_kind: str | None
    source_id: str | None
    backup_service: str | None
    published: bool
    protected: bool
    hidden: bool
    description: str | None
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class SeenMember:
    """A share of an image with a tenant, as the cloud describes it."""

    blob: str
    tenant: str
    status: str
    shared_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class SeenFlavor:
    """A flavor that servers of a target can have: memory in MB of 2^20 bytes, system disk in GB of 2^30.

    One without a disk (0) starts from a volume.
    """

    flavor: str
    target: str
    vcpus: int
    ram_mb: int
    disk_gb: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A part of what a region holds, as it comes."""

    images: Sequence[SeenImage] = ()
    members: Sequence[SeenMember] = ()
    flavors: Sequence[SeenFlavor] = ()


class Inventory(Protocol):
    """A cloud that can be asked what it holds."""

    @property
    def cloud(self) -> str:
        """What the cloud is called, such as ``openstack``."""
        ...

    def regions(self) -> dict[str, list[str]]:
        """Each region, with the tenants whose images are asked for there: all that they own is told, or nothing."""
        ...

    def sign_in(self, region: str) -> None:
        """See that the credentials of all those tenants work there.

        Raises:
            CloudError: if some do not; it says whose.
        """
        ...

    def take(self, region: str) -> Iterator[Seen]:
        """Every image that those tenants own, is shared with them or is public there, each once; and who has shares.

        Raises:
            CloudError: if the cloud does not answer, or does not let one look.
        """
        ...
