"""Private copies of files for DuckDB, with a name that contains no glob pattern."""

import hashlib
import tempfile
import weakref
from pathlib import Path
from typing import IO

BLOCK = 2**20
"""How many bytes are copied at a time."""


class PrivateCopy:
    """An unnamed copy of a file that disappears with the process, and the SHA-256 of its bytes.

    ``file`` is open and is read once, from its current position. So the bytes that are hashed, checked and loaded are
    the same, even if another process changes the file meanwhile. DuckDB reads the copy by ``name``, as long as this
    object exists.

    Raises:
        OSError: if the file cannot be read, or the disk is full.
    """

    def __init__(self, file: IO[bytes]) -> None:
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this object
        self._close = weakref.finalize(self, copy.close)
        digest = hashlib.sha256()
        while block := file.read(BLOCK):
            digest.update(block)
            copy.write(block)
        copy.flush()
        copy.seek(0)
        self.first_bytes = copy.read(BLOCK)
        self.sha256 = digest.hexdigest()
        folder = "/proc/self/fd" if Path("/proc/self/fd").exists() else "/dev/fd"
        self.name = f"{folder}/{copy.fileno()}"

    def close(self) -> None:
        """Close the copy, which deletes it."""
        self._close()
