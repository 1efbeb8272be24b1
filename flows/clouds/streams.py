"""Bytes on their way from file to file: read, hashed and written at the same time."""

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
"""Larger writes make Linux look for larger stretches of free memory, which takes longer than it saves."""

ZEROS = bytes(PIECE + 4096)

CHANGING = "it was changed while it was read: leave it alone meanwhile, and apply again"

Pieces = Iterator[memoryview]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is open for reading, and how it was when it was opened."""

    handle: int
    size: int
    identity: Identity

    def check_unchanged(self) -> None:
        """That nobody wrote to the file meanwhile; else a ``CloudError``."""
        if identity(os.fstat(self.handle)) != self.identity:
            raise CloudError(CHANGING)


@contextmanager
def opened(file: FolderFile) -> Iterator[Source]:
    """A regular file of a folder, open for reading; errors are those of ``opened_inside``."""
    with opened_inside(file) as handle:
        about = os.fstat(handle)
        yield Source(handle, about.st_size, identity(about))


def read(handle: int, size: int, *, start: int = 0, piece: int = PIECE) -> Pieces:
    """A file's bytes from ``start`` until ``size``, in pieces of ``piece`` bytes, the last one shorter.

    A piece keeps its bytes until the next but one is asked for. A hole is a piece of ``ZEROS``.
    A file that ends before ``size`` is a ``CloudError``.
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
        # ENXIO: no data from here to the end, wherever that is now. Anything else: it cannot be told.
        return error.errno == errno.ENXIO and os.fstat(handle).st_size >= at + length


def _fill(handle: int, buffer: memoryview, at: int) -> None:
    filled = 0
    while filled < len(buffer):
        got = os.preadv(handle, [buffer[filled:]], at + filled)
        if got == 0:
            raise CloudError(CHANGING)
        filled += got


def write(handle: int, pieces: Pieces) -> None:
    """Write pieces one after the other to a new file, holes as holes."""
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


def told(pieces: Pieces, moved: Callable[[int], None]) -> Pieces:
    """The pieces, and word of each once it has been dealt with."""
    for piece in pieces:
        yield piece
        moved(len(piece))


class Digest:
    """The hash of the pieces that pass through, made on a thread of its own; a SHA-256, unless another is named.

    Hashing takes about as long as reading and writing, so each gets a core. A piece must keep its
    bytes until the next one has passed.
    """

    def __init__(self, algorithm: str = "sha256") -> None:
        self._hash = hashlib.new(algorithm)
        self._thread = ThreadPoolExecutor(1)
        self._latest: Future[None] | None = None

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def through(self, pieces: Iterable[memoryview]) -> Pieces:
        """The same pieces, hashed on the way."""
        for piece in pieces:
            self._wait()
            self._latest = self._thread.submit(self._hash.update, piece)
            yield piece

    def hexdigest(self) -> str:
        """The hash of all pieces so far."""
        self._wait()
        return self._hash.hexdigest()

    def _wait(self) -> None:
        if self._latest:
            self._latest.result()


def digest_of(pieces: Pieces, algorithm: str = "sha256") -> str:
    """The hash of all pieces."""
    with closing(Digest(algorithm)) as digest:
        for _ in digest.through(pieces):
            pass
        return digest.hexdigest()


def write_through(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk, where no power cut takes them."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
