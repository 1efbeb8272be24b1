"""Journals of pending blobs: what a process creates and the warehouse does not confirm yet.

The journal entry is written before the blob or temporary file is created. If it were written after, a process killed
between the two would leave a file that nothing names and nothing deletes. An entry whose file was never created does
no harm: there is nothing to delete.

Each process has a journal and, in the same folder, a file lock that it holds as long as it lives. The kernel releases
the lock when the process ends, also by SIGKILL. So a process that gets the lock of another journal knows that its owner
is dead, and cleans up for it.
"""

import json
import os
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from data.access.private_folders import PRIVATE_FILE, PRIVATE_FOLDER, private_folder, tighten
from domain.cloud import CloudError

LOCK_TIMEOUT_S = 300
"""How long to wait for another process that cleans up, in seconds."""

Blob = tuple[str, str]
"""A region, and the name of a blob in it."""


class Journal:
    """The journal of one process: temporary files and blobs, one JSON object per line.

    Every addition begins with a line break. If a kill or a full disk cuts a line short, the next addition is still on
    its own line. What the incomplete line would have named was never created.
    """

    def __init__(self, folder: Path) -> None:
        self.owner = os.getpid()
        self.folder = folder
        self._lines = folder / "journal"
        # Not per thread: one thread creates a journal, another may delete it. No fallback to a soft lock, which is
        # only the existence of a file: it would outlive its process.
        self._lock = FileLock(folder / "lock", mode=PRIVATE_FILE, thread_local=False, fallback_to_soft=False)

    def try_lock(self) -> bool:
        """Lock the journal without waiting; return False if a living process holds the lock."""
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        return True

    def unlock(self) -> None:
        """Release the lock, and leave the journal as it is."""
        self._lock.release()

    def add(self, entries: Iterable[dict[str, str]]) -> None:
        """Append entries for what is about to be created."""
        text = "".join(f"\n{json.dumps(entry)}" for entry in entries)
        handle = os.open(self._lines, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(handle, "ab") as lines:
            lines.write(text.encode() + b"\n")

    def files(self) -> set[str]:
        """Return the paths of the temporary files in the journal."""
        return {entry["file"] for entry in self.lines() if "file" in entry}

    def blobs(self) -> set[Blob]:
        """Return the pending blobs in the journal."""
        return {(entry["region"], entry["blob"]) for entry in self.lines() if "blob" in entry}

    def lines(self) -> Iterator[dict[str, str]]:
        """Yield all complete entries; lines that were cut short are skipped."""
        with suppress(FileNotFoundError), self._lines.open("rb") as lines:
            for line in lines:
                with suppress(ValueError):
                    yield json.loads(line)

    def drop(self) -> None:
        """Delete the journal. The entries go first, so a kill during this leaves an empty journal."""
        self._lines.unlink(missing_ok=True)
        self.unlock()
        (self.folder / "lock").unlink(missing_ok=True)
        self.folder.rmdir()


class PendingBlobs:
    """The journals of all processes that share an image store, and the lock that serializes access to them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tightened = False
        self._folder = root / ".doubts"  # the name that earlier versions use: journals of theirs may be in it
        self._threads = threading.RLock()
        self._processes = FileLock(
            root / ".lock", timeout=LOCK_TIMEOUT_S, mode=PRIVATE_FILE, poll_interval=0.005, thread_local=False
        )
        self._own: Journal | None = None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the image store: no other thread or process runs such a block meanwhile.

        The file lock does not separate the threads of one process, so there is a second lock for them.

        Raises:
            CloudError: if another process holds the lock for ``LOCK_TIMEOUT_S``.
        """
        with self._threads:
            private_folder(self._folder)
            if not self._tightened:
                tighten(self._root)
                self._tightened = True
            try:
                self._processes.acquire()
            except Timeout:
                raise CloudError(
                    f"another process has kept the image store busy for {LOCK_TIMEOUT_S} s: apply again"
                ) from None
            try:
                yield
            finally:
                self._processes.release()

    def add_file(self, file: str) -> None:
        """Add a temporary file to this process's journal. Call this before the file is created."""
        self._own_journal().add([{"file": file}])

    def add_blobs(self, blobs: Iterable[Blob], **details: str) -> None:
        """Add pending blobs to this process's journal, each with ``details``.

        Call this before a blob is created, reused or released.
        """
        self._own_journal().add({"region": region, "blob": blob, **details} for region, blob in blobs)

    def blobs(self) -> set[Blob]:
        """Return the pending blobs of all processes, living or dead. Call this in a ``locked`` block."""
        return set().union(*(Journal(folder).blobs() for folder in self._folder.iterdir()))

    @contextmanager
    def journals_to_clean_up(self) -> Iterator[tuple[list[Journal], list[Journal]]]:
        """Yield the journals of this process and of dead processes, then those of other living processes.

        Holds the lock of the image store. If the block succeeds, the first group is deleted; if it fails, it stays for
        the next clean-up. A blob that a living process has in its journal must not be deleted.
        """
        with self.locked():
            others = [Journal(folder) for folder in self._folder.iterdir() if not self._is_own(folder)]
            dead = [journal for journal in others if journal.try_lock()]
            living = [journal for journal in others if journal not in dead]
            ended = dead if self._own is None else [*dead, self._own]
            try:
                yield ended, living
                for journal in ended:
                    journal.drop()
                self._own = None
            finally:
                for journal in dead:
                    journal.unlock()

    def _is_own(self, folder: Path) -> bool:
        return self._own is not None and self._own.folder == folder

    def _own_journal(self) -> Journal:
        with self._threads:
            # after a fork, the child has the parent's journal: it needs its own
            if self._own is None or self._own.owner != os.getpid():
                self._own = self._new_journal()
            return self._own

    def _new_journal(self) -> Journal:
        # Locked: between mkdir and try_lock, a process that cleans up would take the journal for that of a dead one.
        with self.locked():
            journal = Journal(self._folder / uuid.uuid4().hex)
            journal.folder.mkdir(PRIVATE_FOLDER)
            journal.try_lock()
            return journal
