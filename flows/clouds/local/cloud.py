"""The embedded cloud: the bytes of images in folders of this machine."""

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
from flows.clouds.local.cipher import plain_size
from flows.clouds.local.keys import Keys
from flows.clouds.local.store import Store
from flows.clouds.local.transfers import Moving, Transfers, same_blob
from flows.clouds.pending_blobs import Blob
from flows.clouds.thread_pool import run_in_threads

THREADS = 2
"""Orders at a time: while one starts or ends a file, or waits for the disk, the other moves bytes."""

NO_ROOM = "the disk is full: free some space, and apply again"
NO_RIGHT = "this account has no permission for that: grant it, and apply again"
IN_WORDS = {
    errno.ENOSPC: NO_ROOM,
    errno.EDQUOT: NO_ROOM,
    errno.EACCES: NO_RIGHT,
    errno.EPERM: NO_RIGHT,
    errno.EROFS: NO_RIGHT,
    errno.ENOENT: "it does not exist: create it, or correct its name",
}


class LocalCloud:
    """The embedded cloud: an image store in the folder ``root``, and keys in the folder ``keys``, outside ``root``.

    Servers and disks are only records in the warehouse; no machines run.

    Use one object for one batch at a time: ``clean_up`` deletes the unused blobs of all orders since the last call.
    Several objects and processes may share an image store. Do not call ``carry_out`` or ``clean_up`` while you hold a
    lock that ``in_use`` needs.

    If the process is killed at any moment, no recorded blob is lost, and the next clean-up deletes all others. The
    same is true for a power cut after ``clean_up``, which waits for the disk. A power cut before it may damage a blob
    that was just stored, or leave a file that no journal names. A damaged blob is detected when it is read, by its
    hash.

    Raises:
        ValueError: if ``keys`` is inside ``root``.
    """

    def __init__(self, root: Path, keys: Path) -> None:
        if keys.absolute().is_relative_to(root.absolute()):
            raise ValueError(f"the folder of the keys, {keys}, is inside the image store {root}: choose another one")
        self._store = Store(root)
        self._transfers = Transfers(self._store, Keys(self._store, keys))

    name = "local"
    manages_images = False

    def cannot(self, action: str, region: str) -> None:
        """Return None: this cloud supports all actions. Those that move no bytes are only recorded."""

    def cannot_do(self, order: Order) -> None:
        """Return None: an order that this cloud cannot carry out fails with a reason when it is carried out."""

    def inspect_file(self, file: FolderFile) -> FileFacts:
        """Return the facts of a file, from its first and last bytes."""
        # Lazy: the inspectors take as long to import as DuckDB, and most commands name no file.
        from flows.clouds.formats import inspect_file

        return inspect_file(file)

    def inspect_url(self, url: str) -> FileFacts:  # noqa: ARG002 - nothing is fetched, whatever the URL is
        """Return "not found" for every URL: this cloud fetches no files."""
        return FileFacts(found=False)

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Answer]:
        """Yield one answer per order: first for those that move no bytes, then for the others, in parallel."""
        yield from self._release([order for order in orders if isinstance(order, Release)])
        present = self._present([order for order in orders if isinstance(order, CopyBytes) and same_blob(order)])
        moving: list[Moving] = []
        for order in orders:
            if isinstance(order, CopyBytes) and same_blob(order) and (order.region, order.source.blob) in present:
                yield self._reuse(order)
            elif isinstance(order, FetchFile):
                yield Failed(
                    order.row, f"the file at {order.url} was not imported: the embedded cloud fetches no files"
                )
            elif isinstance(order, CloudCall):
                yield Stored(order.row, order.blob, checksum="", size_bytes=0)
            elif isinstance(order, Launch | MakeDisk | Capture):
                yield Failed(order.row, "the embedded cloud runs no servers and has no disks: they are only recorded")
            elif not isinstance(order, Release):
                moving.append(order)
        yield from run_in_threads(self._move, moving, progress, THREADS)

    def clean_up(self, in_use: InUse) -> list[str]:
        """Delete the unused pending blobs of this object and of dead processes. Return what was deleted."""
        return self._store.clean_up(in_use)

    def listing(self) -> Iterator[Held]:
        """Yield every stored blob, with its size and whether it is pending, as of one moment.

        Raises:
            CloudError: if the image store cannot be read.
        """
        try:
            blobs, pending = self._store.listing()
        except OSError as error:
            raise CloudError(f"the image store cannot be read: {error.strerror} ({error.filename})") from error
        for (region, name), size in blobs:
            yield Held(region, name, size, plain_size(size), (region, name) in pending)

    def _release(self, orders: Sequence[Release]) -> Iterator[Answer]:
        try:
            self._store.release({(order.region, order.blob) for order in orders if order.blob is not None})
        except (CloudError, OSError) as error:
            yield from (Failed(order.row, _failure(order, error)) for order in orders)
        else:
            yield from (Stored(order.row, order.blob, checksum="", size_bytes=0) for order in orders)

    def _present(self, orders: Sequence[CopyBytes]) -> set[Blob]:
        """Return the blobs that already exist in the region to which they should be copied."""
        try:
            return self._store.use({(order.region, order.source.blob) for order in orders})
        except (CloudError, OSError):  # then each order fails on its own, with its reason
            return set()

    def _reuse(self, order: CopyBytes) -> Answer:
        try:
            return self._transfers.reuse(order)
        except (CloudError, OSError) as error:
            return Failed(order.row, _failure(order, error))

    def _move(self, order: Moving, progress: Progress) -> Answer:
        try:
            return self._transfers.move(order, progress)
        except (CloudError, OSError) as error:
            return Failed(order.row, _failure(order, error))


def _failure(order: Moving | Release, error: CloudError | OSError) -> str:
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
