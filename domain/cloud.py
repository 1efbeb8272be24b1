"""The port: the orders that a cloud carries out, its answers, and the protocol that every adapter implements.

A cloud receives many orders at once and returns one answer for each. It never judges.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol


class CloudError(Exception):
    """A cloud could not carry out an order. The message is for people: what failed, where, and what to do."""


def path_part(text: str) -> str:
    """Return a text unchanged if it can be one part of a path.

    Raises:
        CloudError: if it is not one plain part, and so could lead to another folder.
    """
    if text in ("", ".", "..") or any(mark in text for mark in "/\\\0"):
        raise CloudError(
            f"{text!r} cannot be part of a path: it is empty, '.', '..', or has a '/', '\\\\' or NUL in it"
        )
    return text


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The facts of a file, read from its header only. Sizes are in bytes.

    ``unsafe`` is the reason why the file must not be used, for people; None if it is safe.
    """

    found: bool
    size_bytes: int | None = None
    disk_format: str | None = None
    virtual_size_bytes: int | None = None
    unsafe: str | None = None


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file, named relative to the folder that must contain it.

    Adapters open it with ``flows.clouds.inside_folder``, which never leaves the folder, and not by its path.
    """

    folder: Path
    name: str

    def __str__(self) -> str:
        """Return the path, for messages only."""
        return str(self.folder / self.name)


@dataclass(frozen=True, slots=True)
class Bytes:
    """A stored blob: its region, its name, and the key that encrypts it (None if it is not encrypted).

    ``checksum`` is the digest of the image; for an encrypted blob, of the decrypted bytes. It is a SHA-256, or has the
    algorithm as a prefix: ``sha512:…``, as in Glance.
    """

    region: str
    blob: str
    kms_key: str | None
    checksum: str


@dataclass(frozen=True, slots=True)
class NewImage:
    """The image that an order creates, for clouds that manage images: its id, owner and attributes."""

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
    """Store an external file. The cloud refuses it if its facts are not the ``expected`` ones that were judged."""

    action: ClassVar = "import_image"
    row: int
    file: FolderFile
    expected: FileFacts
    region: str
    kms_key: str | None
    image: NewImage | None = None


@dataclass(frozen=True, slots=True)
class FetchFile:
    """Let the cloud download a file from a URL. Its facts must be the ``expected`` ones that were judged."""

    action: ClassVar = "import_image"
    row: int
    url: str
    expected: FileFacts
    region: str
    kms_key: str | None
    image: NewImage


@dataclass(frozen=True, slots=True)
class CopyBytes:
    """Store a copy of a blob in another region or with another key. The decrypted bytes stay the same."""

    action: ClassVar = "copy_image"
    row: int
    source: Bytes
    region: str
    kms_key: str | None
    image: NewImage | None = None


@dataclass(frozen=True, slots=True)
class ExportFile:
    """Write the decrypted bytes of a blob to a file.

    An existing file with the same bytes counts as written; any other is refused. ``actor`` is the tenant that exports,
    for clouds that need it.
    """

    action: ClassVar = "export_image"
    row: int
    source: Bytes
    file: FolderFile
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Release a blob: delete it after the batch is recorded, if nothing uses it then.

    ``blob`` is None for an image that exists only in the warehouse, such as those of the demo.
    """

    action: ClassVar = None
    row: int
    region: str
    blob: str | None


@dataclass(frozen=True, slots=True)
class CloudCall:
    """Carry out an action on an image or a server as the tenant ``actor``, at a cloud that manages images.

    ``action`` is its name in batches, ``blob`` the id of the image or server at the cloud, ``tenant`` the recipient of
    a share, ``image`` the new image of a server, ``request_json`` the fields of the request as JSON.
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
    """Launch servers from the image ``blob``: all of them, or none.

    ``servers`` has our id and the name of each. ``disk_gb`` is the minimum size of their system disks, in GB of 2^30
    bytes.
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
    """Create a disk from the image ``blob``. ``size_gb`` is in GB of 2^30 bytes; ``volume_id`` is our id of it."""

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
    """Create an image from a disk or from the system disk of a server; ``blob`` is its id at the cloud."""

    row: int
    thing: Literal["server", "volume"]
    region: str
    blob: str
    image: NewImage

    @property
    def action(self) -> str:
        """Return the action to whose rules a refusal is mapped."""
        return f"capture_{self.thing}"


Order = ImportFile | FetchFile | CopyBytes | ExportFile | Release | CloudCall | Launch | MakeDisk | Capture
"""An order to a cloud. ``action`` is the action to whose rules a refusal of the order is mapped."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The result of an order that was carried out: the blob as it is stored, or the file as it was written.

    ``size_bytes`` is the size of the decrypted image. ``blobs`` has the id that the cloud gives each of several
    servers, in the sequence of ``Launch.servers``.
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
    """The cloud failed to carry out an order; ``error`` is the reason, for people. Nothing is left behind."""

    row: int
    error: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The cloud refused an order. ``rule`` is the id of our rule with the same meaning.

    Nothing is left behind. ``because`` has the message of the cloud and its request id, with which its operators find
    the call in their logs.
    """

    row: int
    rule: str
    because: str


Answer = Stored | Failed | Refused


@dataclass(frozen=True, slots=True)
class Held:
    """A blob that is stored now.

    ``size_bytes`` is its size in the store. ``opened_bytes`` is the size of the decrypted image, or None if the cloud
    does not know it. ``in_doubt`` is true for a pending blob: created or released, and not recorded yet.
    """

    region: str
    blob: str
    size_bytes: int
    opened_bytes: int | None = None
    in_doubt: bool = False


Progress = Callable[[int], None]
"""Receives the number of bytes moved since the last call."""

InUse = Callable[[str, Collection[str]], set[str]]
"""Returns those of the given blobs of a region that an image, server, disk or backup uses."""


class Cloud(Protocol):
    """The port to a cloud. Every adapter keeps the following guarantees, and one contract test checks each adapter.

    - ``carry_out`` answers every order exactly once, in any sequence, lazily. A bad order raises no exception.
    - A blob that an order creates is *pending* until ``clean_up``. The next ``clean_up`` deletes the blobs of a killed
      process, except those that ``in_use`` returns.
    - Repeating an order changes nothing and returns the same answer, except the ciphertext of a new key.
    - One object serves one batch at a time. Call it while the warehouse is closed, because ``clean_up`` queries it.
    - An order that the cloud does not support fails with a message. ``cannot`` says so beforehand for an action in a
      region, ``cannot_do`` for one order.
    """

    @property
    def name(self) -> str:
        """Return the name of the cloud. Actions refer only to images of the cloud that they act on."""
        ...

    @property
    def manages_images(self) -> bool:
        """Return whether the cloud itself has images, members, servers and disks, which the warehouse mirrors.

        Then an action that moves no bytes is an order too (``CloudCall``, ``Launch``, ``MakeDisk``, ``Capture``).
        Otherwise it takes effect when it is recorded.
        """
        ...

    def cannot(self, action: str, region: str) -> str | None:
        """Return why this cloud can never carry out an action in a region, for people; None if it may.

        The services of a region are queried once and cached.
        """
        ...

    def cannot_do(self, order: Order) -> str | None:
        """Return why this cloud can never carry out an order, without a call of its API; None if it may."""
        ...

    def inspect_file(self, file: FolderFile) -> FileFacts:
        """Read the facts of a file; ``found=False`` if it does not exist, is no file, or is outside its folder."""
        ...

    def inspect_url(self, url: str) -> FileFacts:
        """Read the facts of the file at a URL; ``found=False`` if this cloud downloads no files from there."""
        ...

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Answer]:
        """Carry out orders and yield the answers; see the guarantees above."""
        ...

    def clean_up(self, in_use: InUse) -> Iterable[str]:
        """Delete unused pending blobs, of this process and of killed ones; return the names of the deleted blobs."""
        ...

    def listing(self) -> Iterator[Held]:
        """Yield every stored blob once, as of one moment, and whether it is pending. Change nothing."""
        ...
