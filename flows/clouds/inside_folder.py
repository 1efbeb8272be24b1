"""Opens and creates files inside a folder, and nowhere else, whoever replaces files or folders by links meanwhile.

The folder itself is trusted. A name in it may lead over symbolic links as long as it stays inside: they are resolved
first. The resolved name is then opened part by part, each relative to the descriptor of the part before and without
following links. What was replaced by a link after it was resolved is therefore an error and is never followed.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.access.umask import users_umask
from domain.cloud import CloudError, FolderFile

Identity = tuple[int, int, int, int, int]

NO_FILE = "it is not a file"
NEW_FOLDER = 0o777
"""The mode of a folder that is created for a file, less the user's umask."""

# O_PATH needs no right to list a folder, only the right to pass through it, as an ordinary path does
PASS = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# without O_NONBLOCK, opening a pipe would wait for somebody to write to it
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file lies or is to be created: the descriptor of its folder, and its name there.

    ``path`` is the same as text. It leads elsewhere as soon as somebody replaces a folder, so do not open it.
    """

    folder: int
    name: str
    path: Path


def inside(folder: Path, name: str) -> Path | None:
    """The file of that name in the folder or below, links resolved; None where it would lie elsewhere.

    ``folder`` is absolute and contains no links. The answer is for judging and for messages; to open the file, use
    ``opened_inside``.
    """
    try:
        file = Path(os.path.realpath(folder / name))
    except ValueError:  # no file can have a name with a NUL byte
        return None
    return file if file.is_relative_to(folder) else None


def identity(about: os.stat_result) -> Identity:
    """What changes when a file is replaced or written to: device, inode, size, mtime and ctime in ns."""
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns


@contextmanager
def opened_inside(file: FolderFile) -> Iterator[int]:
    """The descriptor of a regular file of a folder, open for reading.

    Raises:
        CloudError: if it lies outside the folder, is no regular file, or was replaced by a link meanwhile.
        OSError: if it is not there, or may not be read.
    """
    folder, path = _resolved(file, file.name)
    with _place(folder, path) as place, _opened(place) as handle:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise CloudError(NO_FILE)
        yield handle


@contextmanager
def place_inside(file: FolderFile) -> Iterator[Place]:
    """Where a new file of a folder is to be created; folders on the way that are missing are created.

    A link that has the file's own name is not resolved: whatever has the name stays as it is.

    Raises:
        CloudError: if it lies outside the folder, or a part of its path is no folder or was replaced by a link.
        OSError: if a folder cannot be created or entered.
    """
    named = Path(file.name)
    if named.name in {"", ".."} or "\0" in file.name:
        raise CloudError(NO_FILE)
    folder, parent = _resolved(file, str(named.parent))
    folder.mkdir(parents=True, exist_ok=True)
    with _place(folder, parent / named.name, make=True) as place:
        yield place


def unlinked(file: Path, trusted: Path) -> bool:
    """Delete the file below a trusted folder, without following links; whether it was there.

    Where a part of its path is a link, or no folder, it is not there.
    """
    try:
        with _place(trusted, file) as place:
            os.unlink(place.name, dir_fd=place.folder)
    except (FileNotFoundError, CloudError):
        return False
    return True


def _resolved(file: FolderFile, name: str) -> tuple[Path, Path]:
    """The folder of a file and the path of a name in it, both without links."""
    folder = Path(os.path.realpath(file.folder))
    path = inside(folder, name)
    if path is None:
        raise CloudError(f"it is outside the folder {folder}: put it there, or name a file that is there")
    return folder, path


@contextmanager
def entered(folder: Path, *parts: str, make: bool = False) -> Iterator[int]:
    """The descriptor of a folder below a trusted one, reached part by part; with ``make``, missing parts are created.

    Raises:
        CloudError: if a part is a link, or no folder.
        OSError: if a folder is not there, or cannot be created or entered.
    """
    handle = _entered(folder, parts, make=make)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _place(folder: Path, path: Path, *, make: bool = False) -> Iterator[Place]:
    *parts, name = path.relative_to(folder).parts or (".",)
    with entered(folder, *parts, make=make) as handle:
        yield Place(handle, name, path)


def _entered(folder: Path, parts: Sequence[str], *, make: bool) -> int:
    handle = os.open(folder, PASS & ~os.O_NOFOLLOW)
    for part in parts:
        above = handle
        try:
            if make:
                _make(part, above)
            with _replaced(part):
                handle = os.open(part, PASS, dir_fd=above)
        finally:
            os.close(above)
    return handle


def _make(name: str, above: int) -> None:
    """Create a folder with the mode that the user's umask gives, where there is none."""
    try:
        os.mkdir(name, stat.S_IRWXU, dir_fd=above)
    except FileExistsError:
        return
    with _replaced(name):
        made = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
    try:
        inherited = stat.S_IMODE(os.fstat(made).st_mode) & ~stat.S_IRWXU  # such as the set-group-ID bit
        os.fchmod(made, inherited | NEW_FOLDER & ~users_umask())
    finally:
        os.close(made)


@contextmanager
def _opened(place: Place) -> Iterator[int]:
    with _replaced(place.name):
        handle = os.open(place.name, READ, dir_fd=place.folder)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _replaced(part: str) -> Iterator[None]:
    """Say in words that a part of a path is not what it was when the path was resolved."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise CloudError(
                f"'{part}' is a symbolic link or no folder: it was replaced while the file was opened, or its name is "
                "wrong; correct that, and apply again"
            ) from error
        raise
