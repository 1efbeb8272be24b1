"""The image store: one folder per region; each blob is a file named by the SHA-256 of its bytes."""

import os
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from data.access.private_folders import private_folder
from domain.cloud import CloudError, FolderFile, InUse, path_part
from flows.clouds.pending_blobs import Blob, PendingBlobs
from flows.clouds.streams import sync_to_disk
from flows.clouds.temporary_files import TemporaryFile, TemporaryFiles, delete_file

READ_ONLY = 0o400
"""The mode of a stored blob: its owner may read it, and nobody writes to it by mistake."""


class Store:
    """Blobs in ``<root>/<region>/blobs/<aa>/<sha256>``; temporary files in ``<root>/<region>/incoming``.

    A blob is complete or does not exist, it never changes, and it is pending until ``clean_up``. Whatever a killed
    process leaves, the next ``clean_up`` of any process finds it. No process deletes a blob that another living
    process has just created or decided to use.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._pending = PendingBlobs(self._root)
        self._temporary = TemporaryFiles(self._root, self._pending)
        self._new_blobs: list[Path] = []

    def blob(self, region: str, name: str) -> Path:
        """Return the path of a blob, whether it exists or not; a ``CloudError`` if a name cannot be part of a path."""
        return self._root / path_part(region) / "blobs" / path_part(name[:2]) / path_part(name)

    def incoming(self, region: str) -> Path:
        """Return the folder of a region's temporary files; a ``CloudError`` if its name cannot be part of a path."""
        return self._root / path_part(region) / "incoming"

    @contextmanager
    def draft(self, folder: Path) -> Iterator[TemporaryFile]:
        """Create a temporary file and delete it when the block ends. If this process is killed, ``clean_up`` does."""
        with self._temporary.draft(folder) as draft:
            yield draft

    @contextmanager
    def export(self, file: FolderFile) -> Iterator[TemporaryFile]:
        """Create a temporary file for an export, in the folder of the exported file."""
        with self._temporary.export(file) as draft:
            yield draft

    def keep(self, draft: TemporaryFile, region: str, name: str) -> None:
        """Turn a draft into a pending blob. If the blob exists already, it stays as it is."""
        blob = self.blob(region, name)
        # Locked, so that no clean-up deletes an existing blob between the journal entry and the check below.
        with self._pending.locked():
            self._pending.add_blobs([(region, name)])
            private_folder(blob.parent)
            # A blob of another size was damaged by a power cut: replace it.
            if not blob.exists() or blob.stat().st_size != os.fstat(draft.handle).st_size:
                os.fchmod(draft.handle, READ_ONLY)
                os.replace(draft.name, blob, src_dir_fd=draft.folder)
                self._new_blobs.append(blob)

    def use(self, blobs: Collection[Blob]) -> set[Blob]:
        """Return the blobs that exist. They are pending now, so no process deletes them before this one cleans up."""
        valid = {blob for blob in blobs if _is_blob_name(*blob)}
        if not valid:
            return set()
        with self._pending.locked():
            self._pending.add_blobs(valid)
            return {blob for blob in valid if self.blob(*blob).exists()}

    def release(self, blobs: Collection[Blob]) -> None:
        """Make blobs pending, so that ``clean_up`` deletes those that nothing uses any more.

        A name that no blob can have is ignored: nothing was ever stored under it.
        """
        stored = [blob for blob in blobs if _is_blob_name(*blob)]
        if stored:
            self._pending.add_blobs(stored)

    def clean_up(self, in_use: InUse) -> list[str]:
        """Delete the unused pending blobs and temporary files of this process and of dead ones. Return their names.

        Then wait until the new blobs of this process are on the disk: once per batch, not once per order. ``in_use``
        is called while the image store is locked, so it must not wait for a process that waits for this lock.
        """
        with self._pending.journals_to_clean_up() as (ended, living):
            files = {file for journal in ended for file in journal.files()}
            deleted = self._temporary.delete(files)
            pending: set[Blob] = set().union(*(journal.blobs() for journal in ended))
            needed: set[Blob] = set().union(*(journal.blobs() for journal in living))
            deleted += self._delete_unused(pending - needed, in_use)
        self._sync_to_disk()
        return deleted

    def listing(self) -> tuple[list[tuple[Blob, int]], set[Blob]]:
        """Return every blob with its size in bytes, and the pending blobs. The store is locked meanwhile."""
        if not self._root.is_dir():
            return [], set()
        with self._pending.locked():
            return list(self._blobs()), self._pending.blobs()

    def _blobs(self) -> Iterator[tuple[Blob, int]]:
        for blobs in sorted(self._root.glob("*/blobs")):
            for folder in sorted(path for path in blobs.iterdir() if path.is_dir()):
                with os.scandir(folder) as files:
                    yield from (
                        ((blobs.parent.name, file.name), file.stat().st_size) for file in files if file.is_file()
                    )

    def _sync_to_disk(self) -> None:
        still_stored = [blob for blob in self._new_blobs if blob.exists()]
        for path in [*still_stored, *{blob.parent for blob in still_stored}]:
            with suppress(FileNotFoundError):  # another process has deleted it since, because nothing used it
                sync_to_disk(path)
        self._new_blobs.clear()

    def _delete_unused(self, blobs: Collection[Blob], in_use: InUse) -> list[str]:
        names: dict[str, set[str]] = defaultdict(set)
        for region, name in blobs:
            if _is_blob_name(region, name):  # journals of earlier versions may contain other names
                names[region].add(name)
        unused = (
            (region, name) for region in sorted(names) for name in sorted(names[region] - in_use(region, names[region]))
        )
        return [f"{region}/{name}" for region, name in unused if delete_file(self.blob(region, name))]


def _is_blob_name(region: str, name: str) -> bool:
    try:
        for part in (region, name[:2], name):
            path_part(part)
    except CloudError:
        return False
    return True
