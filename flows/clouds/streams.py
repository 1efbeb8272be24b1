"""Copy large files in pieces. Reading, hashing and writing run at the same time."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.cloud import CloudError, FolderFile
from flows.clouds.inside_folder import Identity, identity, opened_inside

PIECE = 4 << 20
WRITTEN_AT_ONCE = 256 << 10
"""Bytes per write. For larger writes Linux searches for larger free memory blocks, which costs more than it saves."""

ZEROS = bytes(PIECE + 4096)

CHANGED_WHILE_READ = "it was changed while it was read: do not write to it during the import, and apply again"

Pieces = Iterator[memoryview]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is open for reading, with its size and identity at that moment."""

    handle: int
    size: int
    identity: Identity

    def check_unchanged(self) -> None:
        """Raise a ``CloudError`` if the file was written to since it was opened."""
        if identity(os.fstat(self.handle)) != self.identity:
            raise CloudError(CHANGED_WHILE_READ)


@contextmanager
def open_source(file: FolderFile) -> Iterator[Source]:
    """Open a regular file of a folder for reading. Raises what ``opened_inside`` raises."""
    with opened_inside(file) as handle:
        about = os.fstat(handle)
        yield Source(handle, about.st_size, identity(about))


def read(handle: int, size: int, *, start: int = 0, piece: int = PIECE) -> Pieces:
    """Yield the bytes from ``start`` to ``size`` in pieces of ``piece`` bytes. The last piece may be shorter.

    Two buffers alternate, so a piece stays valid until the next but one is requested. For a hole in a sparse file,
    the piece is a slice of ``ZEROS``.

    Raises:
        CloudError: if the file ends before ``size``.
    """
    longest = max(0, min(piece, size - start))
    buffer, spare = memoryview(bytearray(longest)), memoryview(bytearray(longest))
    for at in range(start, size, piece):
        length = min(piece, size - at)
        if _is_hole(handle, at, length):
            yield memoryview(ZEROS)[:length]
        else:
            _fill(handle, buffer[:length], at)
            yield buffer[:length]
            buffer, spare = spare, buffer


def _is_hole(handle: int, at: int, length: int) -> bool:
    try:
        return os.lseek(handle, at, os.SEEK_DATA) >= at + length
    except OSError as error:
        # ENXIO: there is no data from here to the end of the file. fstat checks that the file was not cut short
        # meanwhile. Other errors, such as EINVAL of a file system without holes: read the bytes.
        return error.errno == errno.ENXIO and os.fstat(handle).st_size >= at + length


def _fill(handle: int, buffer: memoryview, at: int) -> None:
    filled = 0
    while filled < len(buffer):
        got = os.preadv(handle, [buffer[filled:]], at + filled)
        if got == 0:
            raise CloudError(CHANGED_WHILE_READ)
        filled += got


def write(handle: int, pieces: Pieces) -> None:
    """Write pieces to a new, empty file, one after the other. Holes are skipped, so that they stay holes."""
    at = 0
    for piece in pieces:
        if piece.obj is not ZEROS:
            _write_all(handle, piece, at)
        at += len(piece)
    os.ftruncate(handle, at)


def _write_all(handle: int, piece: memoryview, at: int) -> None:
    while piece:
        written = os.pwrite(handle, piece[:WRITTEN_AT_ONCE], at)
        piece, at = piece[written:], at + written


def report_progress(pieces: Pieces, progress: Callable[[int], None]) -> Pieces:
    """Pass the pieces on, and call ``progress`` with the size of each piece after the consumer has processed it."""
    for piece in pieces:
        yield piece
        progress(len(piece))


class Digest:
    """Hash the pieces of a stream on a separate thread. The default algorithm is SHA-256.

    Hashing takes about as long as reading and writing, so each gets a core; hashlib releases the GIL. The thread may
    still hash a piece while the consumer requests the next one. So a piece must stay valid for that long, as the
    pieces of ``read`` do.
    """

    def __init__(self, algorithm: str = "sha256") -> None:
        self._hash = hashlib.new(algorithm)
        self._thread = ThreadPoolExecutor(1)
        self._latest: Future[None] | None = None

    def close(self) -> None:
        """Stop the thread."""
        self._thread.shutdown()

    def through(self, pieces: Iterable[memoryview]) -> Pieces:
        """Yield the same pieces and hash them."""
        for piece in pieces:
            self._wait()  # at most one piece is being hashed, so that two buffers are enough
            self._latest = self._thread.submit(self._hash.update, piece)
            yield piece

    def hexdigest(self) -> str:
        """Return the hash of all pieces so far."""
        self._wait()
        return self._hash.hexdigest()

    def _wait(self) -> None:
        if self._latest:
            self._latest.result()


def digest_of(pieces: Pieces, algorithm: str = "sha256") -> str:
    """Return the hash of all pieces, as hex digits."""
    with closing(Digest(algorithm)) as digest:
        for _ in digest.through(pieces):
            pass
        return digest.hexdigest()


def sync_to_disk(path: Path) -> None:
    """Wait until the bytes of a file, or the names in a folder, are on the disk and survive a power cut."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
