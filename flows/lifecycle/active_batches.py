"""Batches that are being carried out. A run holds a file lock, which the system releases when its process ends."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from data.access.private_folders import private_folder


@contextmanager
def at_work(home: Path, batch_id: str) -> Iterator[None]:
    """Hold the lock of a batch while it is carried out. If another run holds it already, continue without the lock."""
    lock = _lock(home, batch_id)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield
        return
    try:
        yield
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def is_at_work(home: Path, batch_id: str) -> bool:
    """Return whether a running process holds the lock of a batch."""
    lock = _lock(home, batch_id)
    if not Path(lock.lock_file).exists():
        return False
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True


def _lock(home: Path, batch_id: str) -> FileLock:
    folder = home / "at_work"
    private_folder(folder)
    # A batch id is text from the user, so it must not be a file name.
    name = hashlib.sha256(batch_id.encode()).hexdigest()[:32]
    # Not per thread, because several threads carry out the steps of a flow.
    return FileLock(folder / name, thread_local=False, fallback_to_soft=False)
