"""Temporary files in the folder of the final file. A file gets its final name only when it is complete."""

import errno
import os
import re
import uuid
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from data.access.private_folders import PRIVATE_FILE, private_folder
from data.access.umask import users_umask
from domain.cloud import CloudError, FolderFile
from flows.clouds.inside_folder import delete_inside, location_inside
from flows.clouds.pending_blobs import PendingBlobs
from flows.clouds.streams import Source, open_source

EXPORTED = 0o666
"""The mode of an exported file, before the user's umask is applied."""

DRAFT = re.compile(r"\.[0-9a-f]{32}\.part")

FILE_EXISTS = "the file exists already, and nothing is overwritten: name another file, or move that one away"
NO_LINKS = "the file system of its folder does not support hard links, which an export needs: export to another folder"
REPLACED = (
    "another process replaced its temporary file while it was written: do not write to the folder during an export,"
    " and apply again"
)


@dataclass(frozen=True, slots=True)
class TemporaryFile:
    """A temporary file, open for writing: the descriptor of its folder, its name there, and its own descriptor."""

    folder: int
    name: str
    handle: int


class TemporaryFiles:
    """Creates temporary files. Each is in the journal of ``pending_blobs`` before it exists."""

    def __init__(self, root: Path, pending_blobs: PendingBlobs) -> None:
        self._root = root
        self._pending = pending_blobs

    @contextmanager
    def draft(self, folder: Path) -> Iterator[TemporaryFile]:
        """Create a temporary file and delete it when the block ends. If this process is killed, ``delete`` does it.

        ``folder`` belongs to this program. If it does not exist, it is created for its owner only.
        """
        private_folder(folder)
        # Relative to the root if possible, so that the image store can be moved.
        noted = folder.relative_to(self._root) if folder.is_relative_to(self._root) else folder.resolve()
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with self._create(handle, noted) as draft:
                yield draft
        finally:
            os.close(handle)

    @contextmanager
    def export(self, file: FolderFile) -> Iterator[TemporaryFile]:
        """Create a temporary file in the folder of a file to export. Raises what ``location_inside`` raises."""
        with location_inside(file) as location, self._create(location.folder, location.path.parent) as draft:
            yield draft

    def delete(self, files: Collection[str]) -> list[str]:
        """Delete temporary files that a killed process left. Return those that existed."""
        return [file for file in sorted(files) if DRAFT.fullmatch(Path(file).name) and self._delete(Path(file))]

    @contextmanager
    def _create(self, folder: int, noted: Path) -> Iterator[TemporaryFile]:
        """Create a temporary file in an open folder. ``noted`` is the folder's path in the journal."""
        draft_name = f".{uuid.uuid4().hex}.part"
        self._pending.add_file(str(noted / draft_name))  # before the file exists: see pending_blobs
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(draft_name, flags, PRIVATE_FILE, dir_fd=folder)
        try:
            yield TemporaryFile(folder, draft_name, handle)
        finally:
            os.close(handle)
            with suppress(FileNotFoundError):  # it was renamed to a blob
                os.unlink(draft_name, dir_fd=folder)

    def _delete(self, file: Path) -> bool:
        """Delete a temporary file that a journal names.

        Its path contained no links when it was written. So a link on the path now was put there since: do not follow
        it, or another process could make this one delete a file elsewhere.
        """
        if not file.is_absolute():
            return delete_file(self._root / file)
        # The folders beside the image store, such as the keys, are trusted as much as the store. Earlier versions
        # wrote their paths without resolving links.
        home = self._root.parent
        return delete_inside(file, home if file.is_relative_to(home) else Path(file.anchor))


@contextmanager
def existing_file(file: FolderFile) -> Iterator[Source | None]:
    """Open the file that already has the name of an export; None if there is none."""
    with ExitStack() as stack:
        found = None
        with suppress(FileNotFoundError):
            found = stack.enter_context(open_source(file))
        yield found


def give_final_name(draft: TemporaryFile, file: FolderFile) -> None:
    """Give a complete draft of ``TemporaryFiles.export`` its final name and the mode that the user's umask allows.

    A hard link does this in one step and, unlike a rename, fails if the name exists.

    Raises:
        CloudError: if the name exists, the draft was replaced, or the file system does not support hard links.
    """
    final = Path(file.name).name
    os.fchmod(draft.handle, EXPORTED & ~users_umask())
    os.fsync(draft.handle)
    try:
        os.link(draft.name, final, src_dir_fd=draft.folder, dst_dir_fd=draft.folder, follow_symlinks=False)
    except FileExistsError:
        raise CloudError(FILE_EXISTS) from None
    except OSError as error:
        if error.errno in {errno.EPERM, errno.ENOTSUP}:
            raise CloudError(NO_LINKS) from error
        raise
    # The link is made by name, and the folder may belong to others: check that it leads to the file that we wrote.
    linked = os.stat(final, dir_fd=draft.folder, follow_symlinks=False)
    if not os.path.samestat(linked, os.fstat(draft.handle)):
        os.unlink(final, dir_fd=draft.folder)
        raise CloudError(REPLACED)


def delete_file(file: Path) -> bool:
    """Delete a file. Return whether it existed."""
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True
