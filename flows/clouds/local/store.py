"""Where the bytes are: a folder a region, each blob named by the SHA-256 of what is in it."""

import os
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from data.access.private_folders import private_folder
from domain.cloud import CloudError, FolderFile, InUse, path_part
from flows.clouds.pending_blobs import Blob, PendingBlobs
from flows.clouds.streams import write_through
from flows.clouds.temporary_files import TemporaryFile, TemporaryFiles, gone

READ_ONLY = 0o400
"""The owner reads a stored blob, and nobody writes into it by mistake."""


class Store:
    """Blobs in ``<root>/<region>/blobs/<aa>/<sha256>``; what is being written, in ``<root>/<region>/incoming``.

    A blob is there whole or not at all, never changes, and is in doubt until ``clean_up``. A process that
    is killed at any moment leaves nothing that the next ``clean_up``, its own or another's, does not find;
    and nobody deletes a blob that another living process has just made or decided to use.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._pending = PendingBlobs(self._root)
        self._temporary = TemporaryFiles(self._root, self._pending)
        self._made: list[Path] = []

    def blob(self, region: str, name: str) -> Path:
        """Where a blob is, if it is there; a ``CloudError`` where no blob can be."""
        return self._root / path_part(region) / "blobs" / path_part(name[:2]) / path_part(name)

    def incoming(self, region: str) -> Path:
        """The folder for what is to become a blob of a region; a ``CloudError`` where no region has that name."""
        return self._root / path_part(region) / "incoming"

    @contextmanager
    def draft(self, folder: Path) -> Iterator[TemporaryFile]:
        """A new temporary file, gone when the block ends; or, if this process is killed, with ``clean_up``."""
        with self._temporary.draft(folder) as draft:
            yield draft

    @contextmanager
    def export(self, file: FolderFile) -> Iterator[TemporaryFile]:
        """The same for a file that is to be written outside the store."""
        with self._temporary.export(file) as draft:
            yield draft

    def keep(self, draft: TemporaryFile, region: str, name: str) -> None:
        """Make a draft a blob, in doubt. Where the blob is there already, that one stays."""
        blob = self.blob(region, name)
        with self._pending.alone():
            self._pending.add_blobs([(region, name)])
            private_folder(blob.parent)
            # A blob of another size is one that a power cut damaged: the draft takes its place.
            if not blob.exists() or blob.stat().st_size != os.fstat(draft.handle).st_size:
                os.fchmod(draft.handle, READ_ONLY)
                os.replace(draft.name, blob, src_dir_fd=draft.folder)
                self._made.append(blob)

    def use(self, blobs: Collection[Blob]) -> set[Blob]:
        """Those of the blobs that are there. They are in doubt now, and stay until this process has cleaned up."""
        able = {blob for blob in blobs if _can_be(*blob)}
        if not able:
            return set()
        with self._pending.alone():
            self._pending.add_blobs(able)
            return {blob for blob in able if self.blob(*blob).exists()}

    def release(self, blobs: Collection[Blob]) -> None:
        """Put blobs in doubt, so that ``clean_up`` drops those that nothing uses any more.

        What cannot be a blob's name was never stored, so there is nothing to drop.
        """
        stored = [blob for blob in blobs if _can_be(*blob)]
        if stored:
            self._pending.add_blobs(stored)

    def clean_up(self, in_use: InUse) -> list[str]:
        """Delete what is in doubt and not used, of this process and of processes that died; name it.

        What this process made and keeps is on the disk then: here it is waited for once, and not with each order.
        ``in_use`` is asked while the store is locked: it must not wait for somebody who waits for the store.
        """
        with self._pending.journals_to_clean_up() as (ended, living):
            files = {file for journal in ended for file in journal.files()}
            dropped = self._temporary.drop(files)
            doubtful: set[Blob] = set().union(*(journal.blobs() for journal in ended))
            needed: set[Blob] = set().union(*(journal.blobs() for journal in living))
            dropped += self._drop_unused(doubtful - needed, in_use)
        self._write_through()
        return dropped

    def listing(self) -> tuple[list[tuple[Blob, int]], set[Blob]]:
        """Every blob with its size in bytes, and those in doubt, at one moment: meanwhile nobody makes or drops one."""
        if not self._root.is_dir():
            return [], set()
        with self._pending.alone():
            return list(self._blobs()), self._pending.blobs()

    def _blobs(self) -> Iterator[tuple[Blob, int]]:
        for blobs in sorted(self._root.glob("*/blobs")):
            for folder in sorted(one for one in blobs.iterdir() if one.is_dir()):
                with os.scandir(folder) as files:
                    yield from (
                        ((blobs.parent.name, file.name), file.stat().st_size) for file in files if file.is_file()
                    )

    def _write_through(self) -> None:
        kept = [blob for blob in self._made if blob.exists()]
        for path in [*kept, *{blob.parent for blob in kept}]:
            with suppress(FileNotFoundError):  # nothing used it any more, and another process has dropped it
                write_through(path)
        self._made.clear()

    def _drop_unused(self, blobs: Collection[Blob], in_use: InUse) -> list[str]:
        names: dict[str, set[str]] = defaultdict(set)
        for region, name in blobs:
            if _can_be(region, name):  # journals of earlier versions may hold others
                names[region].add(name)
        unused = (
            (region, name) for region in sorted(names) for name in sorted(names[region] - in_use(region, names[region]))
        )
        return [f"{region}/{name}" for region, name in unused if gone(self.blob(region, name))]


def _can_be(region: str, name: str) -> bool:
    try:
        for part in (region, name[:2], name):
            path_part(part)
    except CloudError:
        return False
    return True
