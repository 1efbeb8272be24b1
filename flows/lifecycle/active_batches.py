"""Who is at work: while a run carries out a batch it holds a lock, which ends with its process, however that ends."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from data.access.private_folders import private_folder


@contextmanager
def at_work(home: Path, batch_id: str) -> Iterator[None]:
    """Carry out a batch, for others to see. Several may do so at once: the first of them is seen."""
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
    """Whether a process that lives carries out a batch."""
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
    # an id is the user's own text: no name for a file
    name = hashlib.sha256(batch_id.encode()).hexdigest()[:32]
    # not per thread: a flow's steps are carried out by several
    return FileLock(folder / name, thread_local=False, fallback_to_soft=False)
