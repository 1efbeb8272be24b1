"""What the rules of each action are asked about: the columns of ``data/lifecycle/sql/facts/<action>.sql``.

One row is one request (on several tenants: one tenant of it). A fact that is not known is NULL,
and NULL denies. ``*_matches`` says how many things the request's words could mean: 0 is none that
the actor may see.
"""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Facts(BaseModel):
    """What is known of every request. ``row`` numbers the requests judged together."""

    model_config = ConfigDict(frozen=True)

    row: int
    actor: str
    region: str


class ImageFacts(Facts):
    """The image a request points at, as far as the actor may see it."""

    image: str
    image_matches: int
    image_name: str | None
    image_owner: str | None
    image_region: str | None
    visibility: str | None
    status: str | None
    image_type: str | None


class NewNameFacts(Facts):
    """The name a new image is to have, and whether the owner has it in that region already."""

    name: str
    name_taken: bool


class ImportImageFacts(NewNameFacts):
    """The file to import, as its own bytes describe it."""

    file: str
    file_found: bool
    file_at: str
    file_format: str | None
    file_unsafe: str | None
    virtual_size_bytes: int | None
    said_format: str | None
    image_type: str
    target: str
    min_disk_gb: int
    encrypted: bool


class RegisterPublicImageFacts(ImportImageFacts):
    """As for an import."""


class ServerFacts(Facts):
    """The server a request points at; none of another tenant can be seen."""

    server: str
    server_matches: int
    server_state: str | None
    server_target: str | None


class CaptureServerFacts(ServerFacts, NewNameFacts):
    """The server, its image, and the data disk where one is asked for."""

    wanted_type: str
    server_image_type: str | None
    volume_matches: int | None


class CaptureVolumeFacts(NewNameFacts):
    """The EVS disk to make an image of."""

    volume: str
    volume_matches: int


class BackupServerFacts(ServerFacts):
    """The server to back up."""


class CaptureBackupFacts(NewNameFacts):
    """The backup to make an image of, and how many images were made of it before."""

    backup: str
    backup_matches: int
    images_made: int | None


class CopyImageFacts(ImageFacts, NewNameFacts):
    """The source, where the copy goes and under which key, and how the actor came to the source."""

    to_region: str
    source_encrypted: bool | None
    source_key: str | None
    copy_encrypted: bool | None
    copy_key: str | None
    member_status: str | None


class ShareImageFacts(ImageFacts):
    """The image, and the tenant to share it with."""

    tenant: str
    encrypted: bool | None
    published: bool | None
    backup_service: str | None


class ShareImageCounts(BaseModel):
    """Facts that earlier requests of the same batch change: how many members there are by now."""

    row: int
    member_count: int
    already_member: bool


class UnshareImageFacts(ImageFacts):
    """The image, and the tenant to stop sharing with."""

    tenant: str


class AcceptShareFacts(ImageFacts):
    """The image, and where its share with the actor stands."""

    member_status: str | None


class RejectShareFacts(AcceptShareFacts):
    """As for accepting."""


class PublishImageFacts(ImageFacts):
    """The image, who it is shared with, whose paid image it comes from, and the offer's name."""

    encrypted: bool | None
    published: bool | None
    member_count: int | None
    origin_publisher: str | None
    offer: str
    offer_taken: bool


class OfferFacts(Facts):
    """The offer a request points at."""

    offer: str
    offer_matches: int
    publisher: str | None
    seller: str | None
    on_sale: bool | None


class WithdrawImageFacts(OfferFacts):
    """The offer to take off the shelf."""


class ChangePriceFacts(OfferFacts):
    """The offer, and from when on the new price is to hold."""

    valid_from: datetime
    happened_at: datetime
    last_price_from: datetime | None
    currency: str | None
    new_currency: str | None


class BuyContractFacts(OfferFacts):
    """The offer, when the contract would begin, and the price version that holds then."""

    starts_at: datetime
    happened_at: datetime
    price_id: str | None
    pricing_model: str | None


class GrantCreditFacts(Facts):
    """Whom to give what, for which offer if any; of a refund, what is left of the month's charges to give back."""

    tenant: str
    offer: str | None
    offer_matches: int
    publisher: str | None
    seller: str | None
    amount: Decimal
    currency: str
    this_month: str
    refund_of: str | None
    refundable: Decimal | None
    refundable_text: str | None


class LaunchServerFacts(ImageFacts):
    """The image, and the flavor to start it on."""

    image_target: str | None
    wanted_target: str
    flavor: str
    flavor_target: str | None
    flavor_ram_mb: int | None
    flavor_disk_gb: int | None
    min_ram_mb: int | None
    system_disk_gb: int | None


class StopServerFacts(ServerFacts):
    """The server to stop."""


class StartServerFacts(ServerFacts):
    """The server to start."""


class TerminateServerFacts(ServerFacts):
    """The server to end."""


class ResizeServerFacts(ServerFacts):
    """The server, and the flavor it is to have."""

    flavor: str
    flavor_target: str | None
    flavor_ram_mb: int | None
    flavor_disk_gb: int | None
    min_ram_mb: int | None
    system_disk_gb: int | None


class CreateVolumeFacts(ImageFacts):
    """The image, and the disk to make from it."""

    size_gb: int
    min_disk_gb: int | None


class ChangeOsFacts(ImageFacts):
    """The image, the server, and, where the image is not to be had, by what cause."""

    server: str
    server_matches: int
    server_state: str | None
    server_region: str | None
    server_target: str | None
    image_target: str | None
    cause: str | None
    CAUSES: ClassVar[tuple[str, ...]] = ("server", "file", "region", "account")


class ExportImageFacts(ImageFacts):
    """The image, and the file to write it to."""

    file: str
    file_exists: bool
    image_format: str | None
    wanted_format: str | None
    published: bool | None
    backup_service: str | None
    origin_publisher: str | None


class UpdateImageFacts(ImageFacts):
    """The image, and what it is to be called and need."""

    name: str | None
    name_taken: bool
    min_disk_gb: int | None
    virtual_size_bytes: int | None


class DeactivateImageFacts(ImageFacts):
    """The image to make unusable."""


class ReactivateImageFacts(ImageFacts):
    """The image to make usable again."""


class RetiredImageFacts(ImageFacts):
    """An image that is on its way out: on which cloud, whether all use of it is known there, and who wants it gone.

    ``by_retention`` says that the request belongs to a sweep of the retention policy, not to a person's batch.
    """

    image_cloud: str | None
    usage_complete: bool | None
    by_retention: bool


class DeprecateImageFacts(RetiredImageFacts):
    """The image to mark as superseded."""


class DeleteImageFacts(RetiredImageFacts):
    """The image to delete, and what keeps it."""

    published: bool | None
    protected: bool | None


def facts_of(action: str) -> type[Facts]:
    """The facts of an action: the class called after it."""
    found: type[Facts] = globals()["".join(part.title() for part in action.split("_")) + "Facts"]
    return found
