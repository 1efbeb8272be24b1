"""Folders and files that only their owner may enter and read."""

import os
import stat
from contextlib import suppress
from pathlib import Path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


def private_folder(folder: Path) -> None:
    """Create a folder and its missing parents, each for its owner only."""
    if folder.is_dir():
        return
    private_folder(folder.parent)
    with suppress(FileExistsError):  # another process was first
        folder.mkdir(PRIVATE_FOLDER)


def put_in_place(draft: Path, file: Path, mode: int = PRIVATE_FILE) -> None:
    """Rename a complete draft to its final name. It gets the mode and group of the file it replaces, else ``mode``.

    So a file that its owner has made readable to others stays readable to them.
    """
    try:
        replaced = file.stat()
    except FileNotFoundError:
        draft.chmod(mode)
    else:
        with suppress(PermissionError):  # only members of a group may give it a file
            os.chown(draft, -1, replaced.st_gid)
        draft.chmod(stat.S_IMODE(replaced.st_mode))
    draft.replace(file)


def tighten(folder: Path) -> None:
    """Make a folder of this account private, if an earlier version left it open to others.

    Files below it keep their modes, because others can no longer reach them. A symbolic link is not followed.
    """
    with suppress(OSError):  # the folder stays as it is if its mode cannot be changed
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            about = os.fstat(handle)
            if about.st_uid == os.geteuid() and about.st_mode & 0o077:
                os.fchmod(handle, PRIVATE_FOLDER)
        finally:
            os.close(handle)
