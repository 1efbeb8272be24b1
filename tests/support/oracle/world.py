"""A cloud in plain Python, one thing an object: what the oracle judges by and acts on. Slow and plain on purpose."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.cloud import FileFacts


@dataclass
class Asked:
    """One request: who asks for what, where, when, and about which tenant; ``made`` is the new thing's id.

    ``by_retention`` says that it belongs to a sweep of the retention policy.
    """

    action: str
    actor: str
    region: str
    happened_at: datetime
    said: dict[str, Any]
    tenant: str | None = None
    made: str | None = None
    by_retention: bool = False

    def __getitem__(self, name: str) -> Any:
        """What the request says in a field; None where it says nothing."""
        return self.said.get(name)


@dataclass
class Image:
    """An image: a file of ``file_bytes``, in it a disk of ``disk_bytes``; ``members`` are whom it is shared with."""

    id: str
    name: str
    owner: str
    region: str
    image_type: str
    disk_format: str
    file_bytes: int | None
    disk_bytes: int | None
    min_disk_gb: int
    min_ram_mb: int
    root: str
    target: str = "ecs"
    visibility: str = "private"
    status: str = "active"
    key: str | None = None
    backup_service: str | None = None
    backup: str | None = None
    protected: bool = False
    deprecated: bool = False
    members: dict[str, str] = field(default_factory=dict)

    @property
    def encrypted(self) -> bool:
        """Encrypted is what has a key."""
        return self.key is not None

    @property
    def on_sale(self) -> bool:
        """An image is published in Marketplace as long as its offer is not withdrawn."""
        return self.visibility == "marketplace"

    @property
    def deleted(self) -> bool:
        """A deleted image is remembered, but nobody can use it."""
        return self.status == "deleted"


@dataclass
class Offer:
    """An image on sale. ``prices`` are (from when, what the price says), in the order in which they hold."""

    id: str
    name: str
    image: str
    publisher: str
    published_at: datetime
    prices: list[tuple[datetime, dict[str, Any]]]
    withdrawn: bool = False

    def price_at(self, moment: datetime) -> dict[str, Any]:
        """What the price says that holds at a moment; nothing before the first."""
        return next((said for since, said in reversed(self.prices) if since <= moment), {})


@dataclass
class Contract:
    """An offer's use that was paid upfront."""

    id: str
    offer: str
    tenant: str
    region: str
    servers: int
    upfront: str
    hourly: str
    currency: str
    starts: datetime
    ends: datetime


@dataclass
class Credit:
    """Money that was given back."""

    tenant: str
    region: str
    offer: str | None
    amount: str
    currency: str
    reason: str
    granted_by: str


@dataclass
class Server:
    """A server, and what its system disk was made of."""

    id: str
    name: str
    owner: str
    region: str
    target: str
    flavor: str
    image: str
    disk_gb: int
    key: str | None
    state: str = "running"


@dataclass
class Volume:
    """An EVS disk."""

    id: str
    name: str
    owner: str
    region: str
    image: str
    size_gb: int
    key: str | None


@dataclass
class Backup:
    """A server's backup."""

    id: str
    server: str
    owner: str
    region: str
    service: str
    image: str
    key: str | None


@dataclass
class World:
    """All that a cloud holds, the files and flavors there are, and the numbers and switches of the profile.

    ``usage_complete`` says whether all servers and disks of the cloud are known.
    """

    files: dict[str, FileFacts]
    flavors: dict[str, tuple[str, int]]
    limits: dict[str, int | bool | str]
    images: dict[str, Image] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    servers: dict[str, Server] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    backups: dict[str, Backup] = field(default_factory=dict)
    contracts: list[Contract] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    usage_complete: bool = True

    def images_meant(self, asked: Asked) -> list[Image]:
        """The images a request could mean: one, none that the actor may see, or several.

        An id means its image. A name means the actor's own and the public images of that name before
        anybody else's; among equals one in the request's region; among those one's own before a public
        one, then an accepted share, an unanswered one, a rejected one, and last what is on sale.
        """
        seen = [image for image in self.images.values() if sees(asked.actor, image)]
        by_id = [image for image in seen if image.id == asked["image"]]
        if by_id:
            return by_id
        named = [image for image in seen if image.name == asked["image"]]
        named = [image for image in named if trusted(asked.actor, image)] or named
        named = [image for image in named if image.region == asked.region] or named
        return nearest(named, asked.actor)

    def servers_meant(self, asked: Asked) -> list[Server]:
        """The actor's servers that a request could mean, terminated ones aside."""
        mine = [one for one in self.servers.values() if one.owner == asked.actor and one.state != "terminated"]
        return by_id_or_name(mine, asked["server"], asked.region)

    def volumes_meant(self, asked: Asked) -> list[Volume]:
        """The actor's disks that a request could mean."""
        mine = [one for one in self.volumes.values() if one.owner == asked.actor]
        return by_id_or_name(mine, asked["volume"], asked.region)

    def backups_meant(self, asked: Asked) -> list[Backup]:
        """The actor's backup of that id; a backup has no name."""
        return [one for one in self.backups.values() if one.owner == asked.actor and one.id == asked["backup"]]

    def offers_meant(self, asked: Asked) -> list[Offer]:
        """The offers a request could mean: by id, else by name the one on sale, else the one last on sale."""
        by_id = [one for one in self.offers.values() if one.id == asked["offer"]]
        named = [one for one in self.offers.values() if one.name == asked["offer"]]
        named = [one for one in named if not one.withdrawn] or named
        newest = max((one.published_at for one in named), default=None)
        return by_id or [one for one in named if one.published_at == newest]

    def has_image_called(self, owner: str, name: str, region: str, *, but: str = "") -> bool:
        """Whether the owner has another image of that name there."""
        return any(
            (image.owner, image.name, image.region) == (owner, name, region)
            for image in self.images.values()
            if not image.deleted and image.id != but
        )

    def sold_by_another(self, image: Image, actor: str) -> bool:
        """Whether the image was made from one that another tenant sells, or once sold."""
        offers = [one for one in self.offers.values() if one.image == image.root]
        if not offers or self.images[image.root].owner == actor:
            return False
        return min(offers, key=lambda one: one.published_at).publisher != actor


def sees(actor: str, image: Image) -> bool:
    """Seen are public images, one's own, those shared with the actor, and those on sale."""
    if image.deleted:
        return False
    return image.owner == actor or image.visibility in ("public", "marketplace") or actor in image.members


def trusted(actor: str, image: Image) -> bool:
    """What no other tenant can have put there: one's own, and the platform's."""
    return image.owner == actor or image.visibility == "public"


def nearest(images: Iterable[Image], actor: str) -> list[Image]:
    """Those that are nearest to the actor: several only if they are equally near."""

    def distance(image: Image) -> int:
        if image.owner == actor:
            return 0
        if image.visibility == "public":
            return 1
        if image.on_sale:
            return 5
        return {"accepted": 2, "pending": 3, "rejected": 4}[image.members[actor]]

    ranked = [(distance(image), image) for image in images]
    return [image for rank, image in ranked if rank == min(ranked, key=lambda pair: pair[0])[0]]


def by_id_or_name(things: list[Any], word: str | None, region: str) -> list[Any]:
    """The thing of that id; else those of that name, in the region if there are any."""
    by_id = [one for one in things if one.id == word]
    named = [one for one in things if one.name == word]
    return by_id or [one for one in named if one.region == region] or named


def encrypts(asked: Asked) -> bool:
    """Whether a file is to be stored encrypted: because that is said, or a key is named."""
    return bool(asked["encrypted"]) or asked["kms_key"] is not None


def key_of_copy(asked: Asked, image: Image) -> str | None:
    """The key of a copy: as asked; what is left out is as in the source. None is unencrypted."""
    encrypted = asked["encrypted"]
    if encrypted is None:
        encrypted = asked["kms_key"] is not None or image.encrypted
    return (asked["kms_key"] or image.key or "ims-default") if encrypted else None
