"""What a cloud holds of images: the image, its members, its offer and prices; and the states it may pass through."""

from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from domain.vocabulary import (
    Architecture,
    BackupService,
    DiskFormat,
    ImageStatus,
    ImageType,
    MemberStatus,
    OsType,
    PricingModel,
    Region,
    Target,
    Tenant,
    Visibility,
)

S = ImageStatus
TRANSITIONS: dict[ImageStatus, frozenset[ImageStatus]] = {
    S.QUEUED: frozenset({S.SAVING, S.IMPORTING, S.ACTIVE, S.DELETED}),
    S.SAVING: frozenset({S.ACTIVE, S.KILLED, S.DELETED, S.QUEUED}),
    S.IMPORTING: frozenset({S.ACTIVE, S.DELETED, S.QUEUED}),
    S.ACTIVE: frozenset({S.PENDING_DELETE, S.DELETED, S.DEACTIVATED}),
    S.KILLED: frozenset({S.DELETED}),
    S.PENDING_DELETE: frozenset({S.DELETED, S.ACTIVE}),
    S.DEACTIVATED: frozenset({S.ACTIVE, S.DELETED}),
    S.DELETED: frozenset(),
}
"""Where a status may lead (Glance, ``valid_state_targets``, without its ``uploading``)."""
del S


class Holding(BaseModel):
    """A thing a cloud holds, as one row of the warehouse."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Image(Holding):
    """A template for servers or disks. Sizes are in bytes unless the name says otherwise."""

    image_id: str
    name: str
    owner: Tenant
    region: Region
    visibility: Visibility
    image_type: ImageType
    target: Target
    status: ImageStatus
    os_type: OsType | None
    os_distribution: str | None
    os_version: str | None
    architecture: Architecture
    disk_format: DiskFormat
    size_bytes: int | None
    virtual_size_bytes: int | None
    min_disk_gb: int
    min_ram_mb: int
    checksum: str | None
    encrypted: bool
    kms_key_id: str | None
    source_kind: str
    source_id: str | None
    origin_image_id: str
    backup_service: BackupService | None
    published: bool
    protected: bool
    description: str | None
    tags: list[str]
    deprecated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    blob: str | None
    cloud: str = "local"


class Member(Holding):
    """One share of an image with a tenant, from ``shared_at`` until ``removed_at``."""

    image_id: str
    tenant: Tenant
    status: MemberStatus
    shared_at: datetime
    accepted_at: datetime | None
    removed_at: datetime | None
    rejected_at: datetime | None = None


class Offer(Holding):
    """An image on sale in Marketplace, from ``published_at`` until ``withdrawn_at``."""

    offer_id: str
    name: str
    image_id: str
    publisher: Tenant
    pricing_model: PricingModel
    published_at: datetime
    withdrawn_at: datetime | None


class PriceVersion(Holding):
    """What an offer costs from ``valid_from`` (inclusive) until ``valid_to`` (exclusive); ``terms`` is all of it."""

    price_id: str
    offer_id: str
    pricing_model: PricingModel
    amount: Decimal
    currency: str
    unit: str
    valid_from: datetime
    valid_to: datetime | None
    terms: str


class Contract(Holding):
    """An offer's use paid upfront: ``upfront`` each of so many servers, from ``starts_at`` until ``ends_at``."""

    contract_id: str
    offer_id: str
    price_id: str
    tenant: Tenant
    region: Region
    servers: int
    upfront: Decimal
    hourly: Decimal
    currency: str
    starts_at: datetime
    ends_at: datetime
    bought_at: datetime


class Credit(Holding):
    """Money given back to a tenant: for an offer or in general, and, as a refund, of a month (its first day)."""

    credit_id: str
    tenant: Tenant
    region: Region
    offer_id: str | None
    amount: Decimal
    currency: str
    reason: str
    refund_of: date | None
    granted_by: Tenant
    granted_at: datetime
