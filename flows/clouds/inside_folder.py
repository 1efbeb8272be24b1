"""Open and create files inside a folder only, even if another process replaces files or folders by links meanwhile.

The folder itself is trusted. A name in it may contain symbolic links that stay inside; they are resolved first. Then
the resolved path is opened part by part: each part relative to the descriptor of the part before it, and without
following links. If a part was replaced by a link after it was resolved, opening it fails; the link is never followed.
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
"""The mode of a folder that is created for a file, before the user's umask is applied."""

# O_PATH needs only the right to enter a folder (x), not the right to list it (r), as for an ordinary path
PASS = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# without O_NONBLOCK, opening a named pipe would wait for a writer
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Location:
    """Where a file is or will be created: the descriptor of its folder, and its name in that folder.

    ``path`` is for messages and the journal. Do not open it: if a folder is replaced, it leads to another file.
    """

    folder: int
    name: str
    path: Path


def inside(folder: Path, name: str) -> Path | None:
    """Return the path of a name in a folder, with links resolved; None if it is outside the folder.

    ``folder`` is absolute and contains no links. Use the path for checks and messages only. To open the file, use
    ``opened_inside``.
    """
    try:
        file = Path(os.path.realpath(folder / name))
    except ValueError:  # the name contains a NUL byte
        return None
    return file if file.is_relative_to(folder) else None


def identity(about: os.stat_result) -> Identity:
    """Return the values that change if a file is replaced or written to: device, inode, size, mtime and ctime in ns."""
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns


@contextmanager
def opened_inside(file: FolderFile) -> Iterator[int]:
    """Open a regular file of a folder for reading; yield its descriptor.

    Raises:
        CloudError: if it is outside the folder, is not a regular file, or was replaced by a link meanwhile.
        OSError: if it does not exist, or this account may not read it.
    """
    folder, path = _resolve(file, file.name)
    with _location(folder, path) as location, _open_for_reading(location) as handle:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise CloudError(NO_FILE)
        yield handle


@contextmanager
def location_inside(file: FolderFile) -> Iterator[Location]:
    """Yield the location of a new file of a folder. Missing folders of its path are created.

    A link with the name of the file itself is not resolved: an existing file or link of that name stays as it is.

    Raises:
        CloudError: if it is outside the folder, or a part of its path is not a folder or was replaced by a link.
        OSError: if a folder cannot be created or entered.
    """
    named = Path(file.name)
    if named.name in {"", ".."} or "\0" in file.name:
        raise CloudError(NO_FILE)
    folder, parent = _resolve(file, str(named.parent))
    folder.mkdir(parents=True, exist_ok=True)
    with _location(folder, parent / named.name, create=True) as location:
        yield location


def delete_inside(file: Path, trusted: Path) -> bool:
    """Delete a file below a trusted folder without following links. Return whether it existed.

    If a part of its path is a link, or not a folder, the file counts as not existing.
    """
    try:
        with _location(trusted, file) as location:
            os.unlink(location.name, dir_fd=location.folder)
    except (FileNotFoundError, CloudError):
        return False
    return True


def _resolve(file: FolderFile, name: str) -> tuple[Path, Path]:
    """Return the folder of a file and the path of a name in it, both without links."""
    folder = Path(os.path.realpath(file.folder))
    path = inside(folder, name)
    if path is None:
        raise CloudError(f"it is outside the folder {folder}: move it into that folder, or name a file in it")
    return folder, path


@contextmanager
def entered(folder: Path, *parts: str, make: bool = False) -> Iterator[int]:
    """Open a folder below a trusted one part by part; yield its descriptor. With ``make``, create missing parts.

    Raises:
        CloudError: if a part is a link, or not a folder.
        OSError: if a folder does not exist, or cannot be created or entered.
    """
    handle = _open_folder(folder, parts, create=make)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _location(folder: Path, path: Path, *, create: bool = False) -> Iterator[Location]:
    *parts, name = path.relative_to(folder).parts or (".",)
    with entered(folder, *parts, make=create) as handle:
        yield Location(handle, name, path)


def _open_folder(folder: Path, parts: Sequence[str], *, create: bool) -> int:
    handle = os.open(folder, PASS & ~os.O_NOFOLLOW)  # the trusted folder itself may be a link
    for part in parts:
        parent = handle
        try:
            if create:
                _create_folder(part, parent)
            with _explain_replaced(part):
                handle = os.open(part, PASS, dir_fd=parent)
        finally:
            os.close(parent)
    return handle


def _create_folder(name: str, parent: int) -> None:
    """Create a folder with the mode that the user's umask gives, if it does not exist.

    The process's own umask is private, so mkdir alone would give the wrong mode. The mode is set on the opened
    folder: a folder that another process put in its place would be a link or have another owner.
    """
    try:
        os.mkdir(name, stat.S_IRWXU, dir_fd=parent)
    except FileExistsError:
        return
    with _explain_replaced(name):
        created = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        inherited = stat.S_IMODE(os.fstat(created).st_mode) & ~stat.S_IRWXU  # such as the set-group-ID bit
        os.fchmod(created, inherited | NEW_FOLDER & ~users_umask())
    finally:
        os.close(created)


@contextmanager
def _open_for_reading(location: Location) -> Iterator[int]:
    with _explain_replaced(location.name):
        handle = os.open(location.name, READ, dir_fd=location.folder)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _explain_replaced(part: str) -> Iterator[None]:
    """Turn the errors for a link or a non-folder into a ``CloudError`` that explains them.

    The path was resolved before, so a link here was put there after that.
    """
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise CloudError(
                f"'{part}' is a symbolic link or not a folder: it was replaced while the file was opened, or its name "
                "is wrong; correct that, and apply again"
            ) from error
        raise
