"""What a cloud lists: images, their members and flavors, region by region. A sync writes it to the warehouse."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SeenImage:
    """An image as the cloud lists it, in the terms of ``domain.vocabulary``; None if the cloud does not state a value.

    Sizes are in bytes unless the name has another unit. ``owner`` is the name of the tenant, or its id if the name is
    unknown. ``blob`` is the id that the cloud gives the image. ``cloud_visibility`` is the term of the cloud.
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
    """A share of an image with a tenant, as the cloud lists it."""

    blob: str
    tenant: str
    status: str
    shared_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class SeenFlavor:
    """A flavor for servers of a target: memory in MB of 2^20 bytes, system disk in GB of 2^30 bytes.

    A server of a flavor without a disk (0) boots from a volume.
    """

    flavor: str
    target: str
    vcpus: int
    ram_mb: int
    disk_gb: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One page of what a region lists."""

    images: Sequence[SeenImage] = ()
    members: Sequence[SeenMember] = ()
    flavors: Sequence[SeenFlavor] = ()


class Inventory(Protocol):
    """A cloud that can list its images, members and flavors."""

    @property
    def cloud(self) -> str:
        """Return the name of the cloud, such as ``openstack``."""
        ...

    def regions(self) -> dict[str, list[str]]:
        """Return the regions, each with the tenants to list. ``take`` lists all images that these own, or fails."""
        ...

    def sign_in(self, region: str) -> None:
        """Check that the credentials of all these tenants work in a region.

        Raises:
            CloudError: if some do not; the message names the tenants.
        """
        ...

    def take(self, region: str) -> Iterator[Seen]:
        """Yield each image that these tenants own, that is shared with them or that is public, once, with its members.

        Raises:
            CloudError: if the cloud does not answer or denies access.
        """
        ...
