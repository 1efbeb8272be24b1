"""The actions: one pydantic model each, the discriminated union of them, and a batch.

A model says of itself, for the machinery that carries it out:

``refers``   the fields that point at things that exist; a field is called what it points at;
``makes``    what it brings into being (the thing that ``as`` names);
``settles``  which fields, taken together, name a thing that a second request of the same kind
             must see changed: such neighbours are judged one after the other, all others at once
             (``tenant`` is the one of ``tenants`` that a line is about).
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from domain.pricing import Currency, Price
from domain.words import (
    PLAIN,
    Architecture,
    BackupService,
    DiskFormat,
    Handle,
    ImageType,
    Name,
    OsType,
    Reference,
    Region,
    Target,
    Tenant,
)

YEARS = range(1971, 9000)
"""The years that a time may lie in, so that whatever is reckoned from it is a time that every program can read."""


def _utc(moment: datetime) -> datetime:
    try:
        in_utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # before the year 1 or after 9999 there
        in_utc = None
    if in_utc is None or in_utc.year not in YEARS:
        raise ValueError(f"a time lies in the years {YEARS.start} to {YEARS.stop - 1}")
    return in_utc


Moment = Annotated[datetime, AfterValidator(_utc), Field(description="a time; UTC where no zone is given")]
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=1024, pattern=PLAIN)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=PLAIN)]
Description = Annotated[str, StringConstraints(max_length=1024, pattern=r"^[^<>\x00-\x1f\x7f-\x9f]*$")]
DiskGb = Annotated[int, Field(ge=1, le=2**31 - 1, description="GB of 2^30 bytes, as clouds count disks")]
Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Money = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=9)]
RamMb = Annotated[int, Field(ge=0, le=2**31 - 1, description="MB of 2^20 bytes; 0 is no limit")]


class Strict(BaseModel):
    """Base of all input: an unknown key is an error, a value once read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Os(Strict):
    """The operating system in an image."""

    type: OsType
    distribution: Name | None = None
    version: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=PLAIN)] | None = None


Keys = tuple[tuple[str, ...], ...]


class ActionBase(Strict):
    """What every action may carry."""

    refers: ClassVar[tuple[str, ...]] = ()
    makes: ClassVar[str | None] = None
    settles: ClassVar[Keys] = ()

    action: str
    actor: Tenant | None = Field(None, description="the tenant that acts; the batch's, where it is left out")
    region: Region | None = Field(None, description="where; the batch's, where it is left out")
    as_: Handle | None = Field(None, alias="as", description="a handle for later actions of the batch")
    when: Moment | None = Field(None, description="back-dates the action (embedded cloud only)")


class OnImage(ActionBase):
    """An action on an image that exists."""

    refers: ClassVar[tuple[str, ...]] = ("image",)
    image: Reference


class OnServer(ActionBase):
    """An action on a server that exists."""

    refers: ClassVar[tuple[str, ...]] = ("server",)
    settles: ClassVar[Keys] = (("server",),)
    server: Reference


class OnOffer(ActionBase):
    """An action on an offer that is on sale."""

    refers: ClassVar[tuple[str, ...]] = ("offer",)
    settles: ClassVar[Keys] = (("offer",),)
    offer: Reference


class _FromFile(ActionBase):
    makes: ClassVar[str | None] = "image"
    settles: ClassVar[Keys] = (("actor", "region", "name"),)
    name: Name
    file: FilePath
    image_type: ImageType
    os: Os | None = None
    min_disk_gb: DiskGb
    min_ram_mb: RamMb = 0
    target: Target = Target.ECS
    architecture: Architecture = Architecture.X86
    disk_format: DiskFormat | None = Field(None, description="what the file is said to be; looked up where left out")
    encrypted: bool = False
    kms_key: Name | None = None
    description: Description | None = None
    tags: tuple[Tag, ...] = ()


class ImportImage(_FromFile):
    """Makes a private image of an external file."""

    action: Literal["import_image"] = "import_image"


class RegisterPublicImage(_FromFile):
    """Makes a public image of an external file; the actor is the platform."""

    action: Literal["register_public_image"] = "register_public_image"


class CaptureServer(OnServer):
    """Makes an image of an ECS or BMS: its system disk, a data disk, or all of it."""

    action: Literal["capture_server"] = "capture_server"
    makes: ClassVar[str | None] = "image"
    settles: ClassVar[Keys] = (("actor", "name"),)
    refers: ClassVar[tuple[str, ...]] = ("server", "volume")
    name: Name
    image_type: Literal[ImageType.SYSTEM_DISK, ImageType.DATA_DISK, ImageType.FULL_ECS]
    volume: Reference | None = Field(None, description="the data disk, where image_type is data_disk")
    backup_service: BackupService | None = Field(
        None, description="what backs the server up, for full_ecs; csbs, where left out"
    )


class CaptureVolume(ActionBase):
    """Makes an image of an EVS disk."""

    action: Literal["capture_volume"] = "capture_volume"
    refers: ClassVar[tuple[str, ...]] = ("volume",)
    makes: ClassVar[str | None] = "image"
    settles: ClassVar[Keys] = (("actor", "name"),)
    volume: Reference
    name: Name
    image_type: Literal[ImageType.SYSTEM_DISK, ImageType.DATA_DISK]


class BackupServer(OnServer):
    """Backs a server up, so that a full-ECS image can be made of the backup."""

    action: Literal["backup_server"] = "backup_server"
    makes: ClassVar[str | None] = "backup"
    settles: ClassVar[Keys] = ()
    service: BackupService


class CaptureBackup(ActionBase):
    """Makes a full-ECS image of a server backup."""

    action: Literal["capture_backup"] = "capture_backup"
    refers: ClassVar[tuple[str, ...]] = ("backup",)
    makes: ClassVar[str | None] = "image"
    settles: ClassVar[Keys] = (("backup",), ("actor", "name"))
    backup: Reference
    name: Name


class CopyImage(OnImage):
    """Copies an image: to another region, or in its own to encrypt, decrypt or re-key it."""

    action: Literal["copy_image"] = "copy_image"
    makes: ClassVar[str | None] = "image"
    to_region: Region | None = None
    name: Name | None = None
    encrypted: bool | None = Field(None, description="as the source, where left out")
    kms_key: Name | None = None


class _WithTenants(OnImage):
    tenants: Annotated[tuple[Tenant, ...], Field(min_length=1)]


class ShareImage(_WithTenants):
    """Shares a private image with tenants; ``region`` is where they are to use it."""

    action: Literal["share_image"] = "share_image"


class UnshareImage(_WithTenants):
    """Stops sharing an image with tenants, at any time and without notice."""

    action: Literal["unshare_image"] = "unshare_image"


class AcceptShare(OnImage):
    """The recipient takes a share into its list of images."""

    action: Literal["accept_share"] = "accept_share"
    settles: ClassVar[Keys] = (("image", "actor"),)


class RejectShare(OnImage):
    """The recipient hides a share from its list of images; the access stays."""

    action: Literal["reject_share"] = "reject_share"
    settles: ClassVar[Keys] = (("image", "actor"),)


class PublishImage(OnImage):
    """Puts a private system-disk image on sale in Marketplace."""

    action: Literal["publish_image"] = "publish_image"
    makes: ClassVar[str | None] = "offer"
    settles: ClassVar[Keys] = (("image",), ("offer",))
    offer: Name
    publisher: Tenant | None = Field(None, description="who sells; the actor, where left out")
    price: Price


class WithdrawImage(OnOffer):
    """Takes an offer off the shelf: no new launches; servers that run go on, and go on being charged."""

    action: Literal["withdraw_image"] = "withdraw_image"


class ChangePrice(OnOffer):
    """Gives an offer a new price from a time on; what was used before keeps the old one."""

    action: Literal["change_price"] = "change_price"
    price: Price
    valid_from: Moment


class BuyContract(OnOffer):
    """Buys use of an offer upfront: for so many servers at once, as long as the offer's contract price says."""

    action: Literal["buy_contract"] = "buy_contract"
    makes: ClassVar[str | None] = "contract"
    settles: ClassVar[Keys] = ()
    servers: Annotated[int, Field(ge=1, le=100_000)]
    starts_at: Moment | None = Field(None, description="from when on it holds; from when it is bought, if left out")


class GrantCredit(ActionBase):
    """Gives tenants money back: a credit, or the refund of what they were charged in a month."""

    action: Literal["grant_credit"] = "grant_credit"
    refers: ClassVar[tuple[str, ...]] = ("offer",)
    makes: ClassVar[str | None] = "credit"
    settles: ClassVar[Keys] = (("tenant", "refund_of"),)
    tenants: Annotated[tuple[Tenant, ...], Field(min_length=1)]
    amount: Money
    currency: Currency
    reason: Annotated[Description, StringConstraints(min_length=1)]
    offer: Reference | None = Field(None, description="the offer it is for; none in particular, where left out")
    refund_of: Month | None = Field(None, description="the month whose charges it takes back; none, where left out")


class LaunchServer(OnImage):
    """Starts servers from an image."""

    action: Literal["launch_server"] = "launch_server"
    makes: ClassVar[str | None] = "server"
    name: Name
    flavor: Name
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    target: Target | None = Field(None, description="ecs or bms; the flavor's, where left out")


class StopServer(OnServer):
    """Stops a server; a new span of use begins."""

    action: Literal["stop_server"] = "stop_server"


class StartServer(OnServer):
    """Starts a stopped server; a new span of use begins."""

    action: Literal["start_server"] = "start_server"


class TerminateServer(OnServer):
    """Ends a server for good."""

    action: Literal["terminate_server"] = "terminate_server"


class ResizeServer(OnServer):
    """Gives a server another flavor; a new span of use begins."""

    action: Literal["resize_server"] = "resize_server"
    flavor: Name


class CreateVolume(OnImage):
    """Makes an EVS disk from a data-disk image."""

    action: Literal["create_volume"] = "create_volume"
    makes: ClassVar[str | None] = "volume"
    name: Name
    size_gb: DiskGb


class ChangeOs(OnImage):
    """Replaces a server's system disk by one from an image; data disks stay."""

    action: Literal["change_os"] = "change_os"
    settles: ClassVar[Keys] = (("server",),)
    refers: ClassVar[tuple[str, ...]] = ("image", "server")
    server: Reference


class ExportImage(OnImage):
    """Writes an image to a file, in the format it has."""

    action: Literal["export_image"] = "export_image"
    settles: ClassVar[Keys] = (("file",),)
    file: FilePath
    disk_format: DiskFormat | None = None


class UpdateImage(OnImage):
    """Changes what an image says of itself; what is left out stays."""

    action: Literal["update_image"] = "update_image"
    settles: ClassVar[Keys] = (("image",),)
    name: Name | None = None
    description: Description | None = None
    tags: tuple[Tag, ...] | None = None
    protected: bool | None = None
    min_disk_gb: DiskGb | None = None
    min_ram_mb: RamMb | None = None


class _ChangesImage(OnImage):
    settles: ClassVar[Keys] = (("image",),)


class DeactivateImage(_ChangesImage):
    """Makes an image unusable until it is reactivated."""

    action: Literal["deactivate_image"] = "deactivate_image"


class ReactivateImage(_ChangesImage):
    """Makes a deactivated image usable again."""

    action: Literal["reactivate_image"] = "reactivate_image"


class DeprecateImage(_ChangesImage):
    """Marks an image as superseded; it can still be used."""

    action: Literal["deprecate_image"] = "deprecate_image"


class DeleteImage(_ChangesImage):
    """Deletes an image; servers made from it run on."""

    action: Literal["delete_image"] = "delete_image"


Action = Annotated[
    ImportImage
    | RegisterPublicImage
    | CaptureServer
    | CaptureVolume
    | BackupServer
    | CaptureBackup
    | CopyImage
    | ShareImage
    | UnshareImage
    | AcceptShare
    | RejectShare
    | PublishImage
    | WithdrawImage
    | ChangePrice
    | BuyContract
    | GrantCredit
    | LaunchServer
    | StopServer
    | StartServer
    | TerminateServer
    | ResizeServer
    | CreateVolume
    | ChangeOs
    | ExportImage
    | UpdateImage
    | DeactivateImage
    | ReactivateImage
    | DeprecateImage
    | DeleteImage,
    Field(discriminator="action"),
]
"""Any action; ``action`` tells which."""

MODELS: dict[str, type[ActionBase]] = {
    model.model_fields["action"].default: model for model in get_args(get_args(Action)[0])
}
"""Each action's model by its name."""

ACTION: TypeAdapter[Any] = TypeAdapter(Action)


class Head(Strict):
    """What is said once for all actions of a batch: at the top of a file, or as arguments of a command or a flow."""

    actor: Tenant | None = None
    region: Region | None = None
    profile: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,64}$")] = "seed"
    batch_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,128}$")] | None = None


class Batch(Head):
    """A list of actions, carried out in the order written."""

    actions: Annotated[tuple[Action, ...], Field(min_length=1)]
