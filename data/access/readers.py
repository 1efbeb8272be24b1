"""Who may read the files of a warehouse: only their owner, or also a group of accounts.

A reader takes part in the readers-writer lock. So it must be able to write to the lock and to the notes about who holds
it, and to nothing else. While the warehouse is shared, both are in the folder ``<warehouse>.holders``, in which the
group may write. The mode of that folder records that the warehouse is shared, so that every process finds the same
lock.
"""

import grp
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.access.private_folders import PRIVATE_FILE, PRIVATE_FOLDER, private_folder

READABLE = 0o640
SHARED_FOLDER = 0o3770
"""Members can create files and delete only their own (sticky bit); the files belong to the group (setgid bit)."""

BESIDE = (".wal", ".wal.checkpoint", ".wal.recovery")
"""Suffixes of the files beside a database in which DuckDB stores changes that are not in it yet."""


class NoSuchGroupError(Exception):
    """There is no group of that name. The message is for people."""


def folder_of(warehouse: Path) -> Path:
    """Return the folder with the notes about who holds the lock and, while the warehouse is shared, the lock itself."""
    return Path(f"{warehouse}.holders")


def is_shared(warehouse: Path) -> bool:
    """Return whether a group may read the warehouse."""
    try:
        return stat.S_IMODE(folder_of(warehouse).stat().st_mode) == SHARED_FOLDER
    except FileNotFoundError:
        return False


def lock_of(warehouse: Path) -> Path:
    """Return the file of the readers-writer lock."""
    return folder_of(warehouse) / "lock" if is_shared(warehouse) else Path(f"{warehouse}.lock")


def share(warehouse: Path, group: str) -> None:
    """Let a group read the warehouse; ``""`` ends the access. Call this while no process uses the warehouse.

    Raises:
        NoSuchGroupError: if there is no such group, or the account that owns the warehouse is not in it.
    """
    if not group:
        if is_shared(warehouse):
            folder_of(warehouse).chmod(PRIVATE_FOLDER)
        return
    try:
        group_id = grp.getgrnam(group).gr_gid
        private_folder(folder_of(warehouse))
        lock = folder_of(warehouse) / "lock"
        lock.touch(PRIVATE_FILE)
        for path, mode in ((lock, 0o660), (folder_of(warehouse), SHARED_FOLDER)):
            os.chown(path, -1, group_id)
            path.chmod(mode)
        _let_through(warehouse.parent, group_id)
    except KeyError:
        raise NoSuchGroupError(f"there is no group '{group}' on this machine (IMAGEKEEPER_READERS_GROUP)") from None
    except PermissionError as error:
        raise NoSuchGroupError(
            f"the group '{group}' cannot get access to {error.filename}: this account must own it and be in that group"
            " (IMAGEKEEPER_READERS_GROUP)"
        ) from None


def set_modes(warehouse: Path) -> None:
    """Set the modes of the warehouse's files, if they belong to this account."""
    shared = is_shared(warehouse)
    group_id = folder_of(warehouse).stat().st_gid if shared else None
    mode = READABLE if shared else PRIVATE_FILE
    for end in ("", *BESIDE):
        file = Path(f"{warehouse}{end}")
        try:
            found = file.stat()
        except FileNotFoundError:
            continue
        if found.st_uid != os.geteuid():
            continue
        if group_id is not None and found.st_gid != group_id:
            os.chown(file, -1, group_id)
        if stat.S_IMODE(found.st_mode) != mode:
            file.chmod(mode)


@contextmanager
def owner_only() -> Iterator[None]:
    """Make files that libraries create in this block private, whatever the umask of the process is.

    The umask belongs to the process, so files of other threads are private meanwhile, too.
    """
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _let_through(folder: Path, group_id: int) -> None:
    """Let the group reach files in the folder, but not list them."""
    found = folder.stat()
    if found.st_mode & stat.S_IXOTH or (found.st_gid == group_id and found.st_mode & stat.S_IXGRP):
        return
    os.chown(folder, -1, group_id)
    folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXGRP)
