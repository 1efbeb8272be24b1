"""Files that are written beside their place, and get their names only when they are whole."""

import errno
import os
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.cloud import CloudError
from flows.clouds.doubts import Doubts

EXPORTED = 0o666
"""The mode of an exported file, less what the account's umask takes away."""

THERE = "the file is there already, and nothing is overwritten: name another file, or move that one away"
NO_LINKS = "its folder's file system has no hard links, by which whole files get their names: export it elsewhere"


@dataclass(frozen=True, slots=True)
class Draft:
    """A temporary file, open for writing."""

    file: Path
    handle: int


class Drafts:
    """Temporary files, each written down under ``root`` before it is there."""

    def __init__(self, root: Path, doubts: Doubts) -> None:
        self._root = root
        self._doubts = doubts

    @contextmanager
    def draft(self, folder: Path, mode: int = EXPORTED) -> Iterator[Draft]:
        """A new temporary file, gone when the block ends; or, if this process is killed, with ``drop``."""
        file = folder.absolute() / f".{uuid.uuid4().hex}.part"
        # Relative where possible, so that a store may be moved.
        self._doubts.add_file(str(file.relative_to(self._root) if file.is_relative_to(self._root) else file))
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            yield Draft(file, handle)
        finally:
            os.close(handle)
            file.unlink(missing_ok=True)

    def drop(self, files: Collection[str]) -> list[str]:
        """Delete temporary files that a killed process left; those that were still there."""
        return [file for file in sorted(files) if gone(self._root / file)]


def name(draft: Draft, file: Path) -> None:
    """Give a whole draft its name; a ``CloudError`` where something of that name is there, or no links are."""
    os.fsync(draft.handle)
    try:
        os.link(draft.file, file)
    except FileExistsError:
        raise CloudError(THERE) from None
    except OSError as error:
        if error.errno in {errno.EPERM, errno.ENOTSUP}:
            raise CloudError(NO_LINKS) from error
        raise


def gone(file: Path) -> bool:
    """Delete a file; whether it was there."""
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True
