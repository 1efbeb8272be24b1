"""The port: what must physically happen, as values; and the few errors a cloud may raise.

A cloud is given orders, many at once, and answers each with what came of it. It never judges.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol


class CloudError(Exception):
    """A cloud could not do what was ordered. The message is for people: what, where, what to do."""


def path_part(text: str) -> str:
    """A text that is to be one part of a path, as it is.

    Raises:
        CloudError: if it is not one plain part: it would lead to another folder, whoever let it through.
    """
    if text in ("", ".", "..") or any(mark in text for mark in "/\\\0"):
        raise CloudError(
            f"{text!r} cannot be part of a path: it is empty, '.', '..', or has a '/', '\\\\' or NUL in it"
        )
    return text


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file's own bytes say of it, from its head, without reading it whole.

    ``unsafe`` says in words why the file must not be used; None where nothing speaks against it.
    Sizes are in bytes.
    """

    found: bool
    size_bytes: int | None = None
    disk_format: str | None = None
    virtual_size_bytes: int | None = None
    unsafe: str | None = None


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file that is named relative to the folder that it must lie in.

    An adapter opens it with ``flows.clouds.inside_folder``, which never leaves the folder, and not by its path.
    """

    folder: Path
    name: str

    def __str__(self) -> str:
        """The path, for messages only."""
        return str(self.folder / self.name)


@dataclass(frozen=True, slots=True)
class Bytes:
    """Stored bytes: which region keeps them, under which name, and encrypted with which key.

    ``checksum`` is the digest of the image itself: of the plain bytes, where they are encrypted. It is a SHA-256,
    unless it says otherwise: ``sha512:…``, as Glance keeps it.
    """

    region: str
    blob: str
    kms_key: str | None
    checksum: str


@dataclass(frozen=True, slots=True)
class NewImage:
    """The image that an order makes, for clouds that keep images themselves: its id, whose it is, what describes it."""

    image_id: str
    owner: str
    name: str
    disk_format: str
    image_type: str = "system_disk"
    target: str = "ecs"
    visibility: str = "private"
    os_type: str | None = None
    os_distribution: str | None = None
    os_version: str | None = None
    architecture: str = "x86"
    min_disk_gb: int = 1
    min_ram_mb: int = 0
    description: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportFile:
    """Store an external file. It was judged as ``expected``; if it is that no more, refuse it."""

    action: ClassVar = "import_image"
    row: int
    file: FolderFile
    expected: FileFacts
    region: str
    kms_key: str | None
    image: NewImage | None = None


@dataclass(frozen=True, slots=True)
class FetchFile:
    """Have the cloud fetch an external file from a URL by itself. What it got must be what was judged."""

    action: ClassVar = "import_image"
    row: int
    url: str
    expected: FileFacts
    region: str
    kms_key: str | None
    image: NewImage


@dataclass(frozen=True, slots=True)
class CopyBytes:
    """Store bytes again: in another region, or under another key. The plain bytes stay the same."""

    action: ClassVar = "copy_image"
    row: int
    source: Bytes
    region: str
    kms_key: str | None
    image: NewImage | None = None


@dataclass(frozen=True, slots=True)
class ExportFile:
    """Write stored bytes, decrypted, to a file. One with these very bytes counts as written; another is refused.

    ``actor`` is the tenant who asks for it, for clouds that want to know.
    """

    action: ClassVar = "export_image"
    row: int
    source: Bytes
    file: FolderFile
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """These bytes may not be needed any more: when the batch is recorded, drop them if nothing uses them.

    ``blob`` is None of what was only ever written down, as the images of the demo world are.
    """

    action: ClassVar = None
    row: int
    region: str
    blob: str | None


@dataclass(frozen=True, slots=True)
class CloudCall:
    """Do an action to an image or a server, at a cloud that keeps them itself, as the tenant ``actor``.

    ``action`` is its name as in batches, ``blob`` what the cloud calls the thing, ``tenant`` the recipient where it has
    one, ``image`` the image that a server is to have, ``request_json`` the request's own fields as JSON.
    """

    row: int
    action: str
    actor: str
    region: str
    blob: str
    tenant: str | None = None
    request_json: str = "{}"
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """Start servers from the image ``blob``: all of them, or none. Each is known by an id of ours, and has a name.

    ``disk_gb`` is what their system disks need at least, in GB of 2^30 bytes.
    """

    action: ClassVar = "launch_server"
    row: int
    actor: str
    region: str
    blob: str
    flavor: str
    disk_gb: int
    servers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MakeDisk:
    """Make a disk of the image ``blob``, of so many GB of 2^30 bytes; ``volume_id`` is the id that we know it by."""

    action: ClassVar = "create_volume"
    row: int
    actor: str
    region: str
    blob: str
    volume_id: str
    name: str
    size_gb: int


@dataclass(frozen=True, slots=True)
class Capture:
    """Make an image of what is on a server's system disk, or on a disk: ``blob`` is what the cloud calls either."""

    row: int
    thing: Literal["server", "volume"]
    region: str
    blob: str
    image: NewImage

    @property
    def action(self) -> str:
        """The action whose rules a refusal comes down to."""
        return f"capture_{self.thing}"


Order = ImportFile | FetchFile | CopyBytes | ExportFile | Release | CloudCall | Launch | MakeDisk | Capture
"""What a cloud is told to do. Of each, ``action`` is the action whose rules say what a refusal comes down to."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of an order: the bytes as they are stored now (or as they were written to a file).

    ``size_bytes`` is the size of the image itself, also where it is stored encrypted. ``blobs`` is what the cloud
    calls each of several servers, in the order's order.
    """

    row: int
    blob: str | None
    checksum: str
    size_bytes: int
    virtual_size_bytes: int | None = None
    disk_format: str | None = None
    blobs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The cloud could not carry out an order, and why, for people. Nothing is left behind."""

    row: int
    error: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The cloud's own rules forbid what was ordered: which of our rules says the same, and the cloud's words.

    Nothing is left behind. ``because`` names the cloud's request id, by which its operators find what happened.
    """

    row: int
    rule: str
    because: str


Answer = Stored | Failed | Refused


@dataclass(frozen=True, slots=True)
class Held:
    """A blob that is stored now.

    ``size_bytes`` is what it takes in the store; ``opened_bytes`` is the size of the image in it if it is encrypted, or
    None where the cloud cannot tell. What is ``in_doubt`` has just been made or released, and may be used or not.
    """

    region: str
    blob: str
    size_bytes: int
    opened_bytes: int | None = None
    in_doubt: bool = False


Progress = Callable[[int], None]
"""Told the number of bytes moved since the last call."""

InUse = Callable[[str, Collection[str]], set[str]]
"""Given a region and blobs, those that some image, server, disk or backup uses."""


class Cloud(Protocol):
    """A cloud, as far as bytes move. Every adapter keeps these promises; one contract test asks them of each.

    - ``carry_out`` answers every order exactly once, in any order, lazily; it raises nothing for one bad order.
    - What an order made is *in doubt* until ``clean_up``: nothing that a killed process made outlives the next
      ``clean_up`` unless ``in_use`` says it is used.
    - The same order again changes nothing and gives the same answer (but for a fresh key's ciphertext).
    - One object serves one batch at a time, and is called while nobody holds the warehouse: ``clean_up`` asks it.
    - What the cloud cannot do fails, and says so; ``cannot`` says it of an action in a region beforehand,
      ``cannot_do`` of one order.
    """

    @property
    def name(self) -> str:
        """What the cloud is called: an action means only images of the cloud that it acts on."""
        ...

    @property
    def manages_images(self) -> bool:
        """Whether the cloud itself knows images, members, servers and disks, so that the warehouse mirrors it.

        Then an action that moves no bytes is an order as well (``CloudCall``, ``Launch``, ``MakeDisk``, ``Capture``).
        Otherwise it happens by being written down.
        """
        ...

    def cannot(self, action: str, region: str) -> str | None:
        """Why this cloud can never carry out an action in a region, for people; None where it may.

        What a region has is asked once, and remembered.
        """
        ...

    def cannot_do(self, order: Order) -> str | None:
        """Why this cloud can never carry out an order that makes something, told without asking it; None if it may."""
        ...

    def inspect_file(self, file: FolderFile) -> FileFacts:
        """What a file is, from its head. What is not there, no file, or outside its folder is ``found=False``."""
        ...

    def inspect_url(self, url: str) -> FileFacts:
        """What the file at a URL is. Where this cloud fetches none from there, it is ``found=False``."""
        ...

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Answer]:
        """Carry out orders; see the promises above."""
        ...

    def clean_up(self, in_use: InUse) -> Iterable[str]:
        """Drop what is in doubt and unused, of this process and of processes that died; name what was dropped."""
        ...

    def listing(self) -> Iterator[Held]:
        """What is stored at one moment, each blob once, and whether it is in doubt; nothing is changed."""
        ...
