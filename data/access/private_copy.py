"""Files that DuckDB is to read: a private copy, by a name in which DuckDB sees no pattern."""

import hashlib
import tempfile
import weakref
from pathlib import Path
from typing import IO

BLOCK = 2**20
"""How many bytes are copied at a time."""


class PrivateCopy:
    """A copy of a file that has no name of its own and ends with the process, and the SHA-256 of its bytes.

    ``file`` is open, and read once from where it stands, so that what is hashed, checked and loaded are the same bytes.
    ``name`` is what DuckDB reads the copy by, as long as this object lives.

    Raises:
        OSError: if the file cannot be read, or there is no room for the copy.
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
        """Let go of the copy; it is gone then."""
        self._close()
