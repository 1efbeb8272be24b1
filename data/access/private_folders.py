"""Folders and files that only their owner may enter and read."""

import os
import stat
from contextlib import suppress
from pathlib import Path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


def private_folder(folder: Path) -> None:
    """Create a folder and those above it that are missing, each for its owner only."""
    if folder.is_dir():
        return
    private_folder(folder.parent)
    with suppress(FileExistsError):  # another process was first
        folder.mkdir(PRIVATE_FOLDER)


def put_in_place(draft: Path, file: Path, mode: int = PRIVATE_FILE) -> None:
    """Give a whole draft the name of a file. One that it replaces keeps its mode and group; a new one gets ``mode``.

    So a file that its owner has opened to others stays open to them when it is written anew.
    """
    try:
        there = file.stat()
    except FileNotFoundError:
        draft.chmod(mode)
    else:
        with suppress(PermissionError):  # only members of a group may give it a file
            os.chown(draft, -1, there.st_gid)
        draft.chmod(stat.S_IMODE(there.st_mode))
    draft.replace(file)


def tighten(folder: Path) -> None:
    """Let only the owner into a folder that an earlier version left open to others, where it is this account's.

    What lies below is out of reach then, and keeps its modes. A link leads to a folder of somebody else: it is left.
    """
    with suppress(OSError):  # it stays as it is where that cannot be changed
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            about = os.fstat(handle)
            if about.st_uid == os.geteuid() and about.st_mode & 0o077:
                os.fchmod(handle, PRIVATE_FOLDER)
        finally:
            os.close(handle)
