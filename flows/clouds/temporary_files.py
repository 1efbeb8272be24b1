"""Files that are written beside their place, and get their names only when they are whole."""

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
from flows.clouds.inside_folder import place_inside, unlinked
from flows.clouds.pending_blobs import PendingBlobs
from flows.clouds.streams import Source, opened

EXPORTED = 0o666
"""The mode of an exported file, less what the user's umask takes away."""

DRAFT = re.compile(r"\.[0-9a-f]{32}\.part")

THERE = "the file is there already, and nothing is overwritten: name another file, or move that one away"
NO_LINKS = "its folder's file system has no hard links, by which whole files get their names: export it elsewhere"
REPLACED = (
    "somebody replaced its temporary file while it was written: leave the folder alone meanwhile, and apply again"
)


@dataclass(frozen=True, slots=True)
class TemporaryFile:
    """A temporary file, open for writing: the descriptor of its folder, its name there, and its own descriptor."""

    folder: int
    name: str
    handle: int


class TemporaryFiles:
    """Temporary files, each written down under ``root`` before it is there."""

    def __init__(self, root: Path, pending_blobs: PendingBlobs) -> None:
        self._root = root
        self._pending = pending_blobs

    @contextmanager
    def draft(self, folder: Path) -> Iterator[TemporaryFile]:
        """A new temporary file, gone when the block ends; or, if this process is killed, with ``drop``.

        ``folder`` is one of this program's own, and is created for its owner only where it is missing.
        """
        private_folder(folder)
        # Relative where possible, so that a store may be moved.
        noted = folder.relative_to(self._root) if folder.is_relative_to(self._root) else folder.resolve()
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with self._created(handle, noted) as draft:
                yield draft
        finally:
            os.close(handle)

    @contextmanager
    def export(self, file: FolderFile) -> Iterator[TemporaryFile]:
        """The same beside the place of a file that is to be written; errors are those of ``place_inside``."""
        with place_inside(file) as place, self._created(place.folder, place.path.parent) as draft:
            yield draft

    def drop(self, files: Collection[str]) -> list[str]:
        """Delete temporary files that a killed process left; those that were still there."""
        return [file for file in sorted(files) if DRAFT.fullmatch(Path(file).name) and self._dropped(Path(file))]

    @contextmanager
    def _created(self, folder: int, noted: Path) -> Iterator[TemporaryFile]:
        """A draft in an open folder, written down with the path ``noted`` of that folder."""
        made = f".{uuid.uuid4().hex}.part"
        self._pending.add_file(str(noted / made))
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(made, flags, PRIVATE_FILE, dir_fd=folder)
        try:
            yield TemporaryFile(folder, made, handle)
        finally:
            os.close(handle)
            with suppress(FileNotFoundError):  # it has become a blob
                os.unlink(made, dir_fd=folder)

    def _dropped(self, file: Path) -> bool:
        """Delete a draft of a journal. Its path had no links, so that one on its way was put there since."""
        if not file.is_absolute():
            return gone(self._root / file)
        # The store's neighbours, such as the keys, are trusted as much as the store; earlier versions did not resolve
        # the path to them.
        home = self._root.parent
        return unlinked(file, home if file.is_relative_to(home) else Path(file.anchor))


@contextmanager
def there(file: FolderFile) -> Iterator[Source | None]:
    """The file that has the name of one that is to be written, open for reading; None where there is none."""
    with ExitStack() as stack:
        found = None
        with suppress(FileNotFoundError):
            found = stack.enter_context(opened(file))
        yield found


def name(draft: TemporaryFile, file: FolderFile) -> None:
    """Give a whole draft, made by ``TemporaryFiles.export``, its name, and the mode that the user's umask leaves.

    Raises:
        CloudError: if something of that name is there, the draft was replaced, or the file system has no hard links.
    """
    final = Path(file.name).name
    os.fchmod(draft.handle, EXPORTED & ~users_umask())
    os.fsync(draft.handle)
    try:
        os.link(draft.name, final, src_dir_fd=draft.folder, dst_dir_fd=draft.folder, follow_symlinks=False)
    except FileExistsError:
        raise CloudError(THERE) from None
    except OSError as error:
        if error.errno in {errno.EPERM, errno.ENOTSUP}:
            raise CloudError(NO_LINKS) from error
        raise
    linked = os.stat(final, dir_fd=draft.folder, follow_symlinks=False)
    if not os.path.samestat(linked, os.fstat(draft.handle)):
        os.unlink(final, dir_fd=draft.folder)
        raise CloudError(REPLACED)


def gone(file: Path) -> bool:
    """Delete a file; whether it was there."""
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True
