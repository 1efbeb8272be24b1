"""The embedded cloud: real bytes in folders of this machine."""

import errno
from collections.abc import Iterator, Sequence
from pathlib import Path

from domain.cloud import (
    Answer,
    Capture,
    CloudCall,
    CloudError,
    CopyBytes,
    ExportFile,
    Failed,
    FetchFile,
    FileFacts,
    FolderFile,
    Held,
    ImportFile,
    InUse,
    Launch,
    MakeDisk,
    Order,
    Progress,
    Release,
    Stored,
)
from flows.clouds.local.cipher import opened_size
from flows.clouds.local.keys import Keys
from flows.clouds.local.store import Store
from flows.clouds.local.transfers import Moving, Transfers, same_blob
from flows.clouds.pending_blobs import Blob
from flows.clouds.thread_pool import run_in_threads

LANES = 2
"""While one order is between two files, or waits for the disk, another one moves bytes."""

NO_ROOM = "there is no room left on the disk: free some, and apply again"
NO_RIGHT = "this account may not do that: give it the right to, and apply again"
IN_WORDS = {
    errno.ENOSPC: NO_ROOM,
    errno.EDQUOT: NO_ROOM,
    errno.EACCES: NO_RIGHT,
    errno.EPERM: NO_RIGHT,
    errno.EROFS: NO_RIGHT,
    errno.ENOENT: "it is not there: put it there, or correct its name",
}


class LocalCloud:
    """The bytes of images in the folder ``root``, keys in the folder ``keys``, which must lie elsewhere.

    Servers and disks of this cloud are records; it runs no machines.

    One object serves one batch at a time: ``clean_up`` drops what the object did since the last one.
    Objects and processes may share a store. Do not call ``carry_out`` or ``clean_up`` while holding a
    lock that ``in_use`` needs.

    A kill at any moment loses nothing that was recorded, and leaves nothing that was not. So does a
    power cut after ``clean_up``, which waits for the disk; before, it may take what was just stored, or
    leave a file that no journal names. Whoever then reads what it took is told so: the hash is wrong.
    """

    def __init__(self, root: Path, keys: Path) -> None:
        if keys.absolute().is_relative_to(root.absolute()):
            raise ValueError(f"the keys in {keys} would lie in the store {root}, beside what they encrypt")
        self._store = Store(root)
        self._transfers = Transfers(self._store, Keys(self._store, keys))

    name = "local"
    manages_images = False

    def cannot(self, action: str, region: str) -> None:
        """Nothing: whatever this cloud does not do with bytes happens by being written down."""

    def cannot_do(self, order: Order) -> None:
        """Nothing: what this cloud is ordered it can do, or it says why not once it has looked."""

    def inspect_file(self, file: FolderFile) -> FileFacts:
        """What a file is, from its head and its last sectors."""
        # the inspectors take as long to import as DuckDB: who names no file need not wait for them
        from flows.clouds.formats import look

        return look(file)

    def inspect_url(self, url: str) -> FileFacts:  # noqa: ARG002 - wherever it is, nothing is fetched from there
        """Nothing: this cloud fetches no files."""
        return FileFacts(found=False)

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Answer]:
        """Answer every order once: first those that move no bytes, all at once; then the others, side by side."""
        yield from self._release([order for order in orders if isinstance(order, Release)])
        there = self._there([order for order in orders if isinstance(order, CopyBytes) and same_blob(order)])
        moving: list[Moving] = []
        for order in orders:
            if isinstance(order, CopyBytes) and same_blob(order) and (order.region, order.source.blob) in there:
                yield self._reuse(order)
            elif isinstance(order, FetchFile):
                yield Failed(
                    order.row, f"the file at {order.url} was not imported: the embedded cloud fetches no files"
                )
            elif isinstance(order, CloudCall):
                yield Stored(order.row, order.blob, checksum="", size_bytes=0)
            elif isinstance(order, Launch | MakeDisk | Capture):
                yield Failed(order.row, "the embedded cloud keeps bytes only: servers and disks are written down")
            elif not isinstance(order, Release):
                moving.append(order)
        yield from run_in_threads(self._move, moving, progress, LANES)

    def clean_up(self, in_use: InUse) -> list[str]:
        """Drop what is in doubt and unused, of this object and of processes that died; name what was dropped."""
        return self._store.clean_up(in_use)

    def listing(self) -> Iterator[Held]:
        """What is stored at one moment; a ``CloudError`` where the store cannot be read."""
        try:
            blobs, doubtful = self._store.listing()
        except OSError as error:
            raise CloudError(f"the image store cannot be read: {error.strerror} ({error.filename})") from error
        for (region, name), size in blobs:
            yield Held(region, name, size, opened_size(size), (region, name) in doubtful)

    def _release(self, orders: Sequence[Release]) -> Iterator[Answer]:
        try:
            self._store.release({(order.region, order.blob) for order in orders if order.blob is not None})
        except (CloudError, OSError) as error:
            yield from (Failed(order.row, _why(order, error)) for order in orders)
        else:
            yield from (Stored(order.row, order.blob, checksum="", size_bytes=0) for order in orders)

    def _there(self, orders: Sequence[CopyBytes]) -> set[Blob]:
        """The blobs that need not be made again, because they are where they are wanted."""
        try:
            return self._store.use({(order.region, order.source.blob) for order in orders})
        except (CloudError, OSError):  # each order fails by itself then, and says why
            return set()

    def _reuse(self, order: CopyBytes) -> Answer:
        try:
            return self._transfers.reuse(order)
        except (CloudError, OSError) as error:
            return Failed(order.row, _why(order, error))

    def _move(self, order: Moving, progress: Progress) -> Answer:
        try:
            return self._transfers.move(order, progress)
        except (CloudError, OSError) as error:
            return Failed(order.row, _why(order, error))


def _why(order: Moving | Release, error: CloudError | OSError) -> str:
    reason = IN_WORDS.get(error.errno or 0, str(error)) if isinstance(error, OSError) else str(error)
    match order:
        case ImportFile():
            return f"the file '{order.file}' was not imported into {order.region}: {reason}"
        case CopyBytes(source=source):
            return f"blob {source.blob} of {source.region} was not copied to {order.region}: {reason}"
        case ExportFile(source=source):
            return f"blob {source.blob} of {source.region} was not exported to '{order.file}': {reason}"
        case Release():
            return f"blob {order.blob} of {order.region} was not released: {reason}"
