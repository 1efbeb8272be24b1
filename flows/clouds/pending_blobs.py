"""What was made and is not confirmed yet, written down before it is made: so a killed process leaves nothing.

A process has a journal, and beside it a lock that it holds as long as it lives. Whoever gets the lock
knows that the process has died, and may clear up after it.
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

PATIENCE = 300
"""Seconds to wait for another process that clears up."""

Blob = tuple[str, str]
"""A region, and the name of a blob in it."""


class Journal:
    """The pending_blobs of one process: temporary files and blobs, each a line of JSON.

    Every addition begins on a line of its own. So what a kill or a full disk cuts off spoils no other
    line, and what the torn line would have named was never made.
    """

    def __init__(self, folder: Path) -> None:
        self.owner = os.getpid()
        self.folder = folder
        self._lines = folder / "journal"
        # Not per thread: one thread begins a journal, another may drop it. No fallback to a lock that is
        # the mere existence of a file: it would outlive its process.
        self._lock = FileLock(folder / "lock", mode=PRIVATE_FILE, thread_local=False, fallback_to_soft=False)

    def take(self) -> bool:
        """Hold the journal; False where a living process holds it."""
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        return True

    def let_go(self) -> None:
        """Hold it no longer, and leave it as it is."""
        self._lock.release()

    def add(self, pending_blobs: Iterable[dict[str, str]]) -> None:
        """Write down what is about to be made."""
        text = "".join(f"\n{json.dumps(doubt)}" for doubt in pending_blobs)
        appended = os.open(self._lines, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(appended, "ab") as lines:
            lines.write(text.encode() + b"\n")

    def files(self) -> set[str]:
        """Temporary files, as they were written down."""
        return {doubt["file"] for doubt in self.lines() if "file" in doubt}

    def blobs(self) -> set[Blob]:
        """Blobs that may turn out to be unused."""
        return {(doubt["region"], doubt["blob"]) for doubt in self.lines() if "blob" in doubt}

    def lines(self) -> Iterator[dict[str, str]]:
        """All that was written down and is whole."""
        with suppress(FileNotFoundError), self._lines.open("rb") as lines:
            for line in lines:
                with suppress(ValueError):
                    yield json.loads(line)

    def drop(self) -> None:
        """Forget it all. A kill half-way leaves a journal that names nothing."""
        self._lines.unlink(missing_ok=True)
        self.let_go()
        (self.folder / "lock").unlink(missing_ok=True)
        self.folder.rmdir()


class PendingBlobs:
    """The journals of all processes that share a store, and the lock by which they take turns."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tightened = False
        self._folder = root / ".doubts"
        self._threads = threading.RLock()
        self._processes = FileLock(
            root / ".lock", timeout=PATIENCE, mode=PRIVATE_FILE, poll_interval=0.005, thread_local=False
        )
        self._own: Journal | None = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Meanwhile no other thread and no other process is inside."""
        with self._threads:
            private_folder(self._folder)
            if not self._tightened:
                tighten(self._root)
                self._tightened = True
            try:
                self._processes.acquire()
            except Timeout:
                raise CloudError(
                    f"another process has kept the image store busy for {PATIENCE} s: apply again"
                ) from None
            try:
                yield
            finally:
                self._processes.release()

    def add_file(self, file: str) -> None:
        """Put a temporary file in doubt, before it is there."""
        self._mine().add([{"file": file}])

    def add_blobs(self, blobs: Iterable[Blob], **about: str) -> None:
        """Put blobs in doubt, before they are there or before they are used once more; with more ``about`` them."""
        self._mine().add({"region": region, "blob": blob, **about} for region, blob in blobs)

    def blobs(self) -> set[Blob]:
        """Every blob that some process, living or dead, has in doubt. To be asked ``alone``."""
        return set().union(*(Journal(folder).blobs() for folder in self._folder.iterdir()))

    @contextmanager
    def journals_to_clean_up(self) -> Iterator[tuple[list[Journal], list[Journal]]]:
        """The journals of this process and of processes that died; and those of others that live.

        Nobody else is inside meanwhile. When the block ends well, the former are forgotten.
        """
        with self.alone():
            others = [Journal(folder) for folder in self._folder.iterdir() if not self._is_mine(folder)]
            dead = [journal for journal in others if journal.take()]
            living = [journal for journal in others if journal not in dead]
            ended = dead if self._own is None else [*dead, self._own]
            try:
                yield ended, living
                for journal in ended:
                    journal.drop()
                self._own = None
            finally:
                for journal in dead:
                    journal.let_go()

    def _is_mine(self, folder: Path) -> bool:
        return self._own is not None and self._own.folder == folder

    def _mine(self) -> Journal:
        with self._threads:
            if self._own is None or self._own.owner != os.getpid():
                self._own = self._begun()
            return self._own

    def _begun(self) -> Journal:
        # Alone, lest somebody who clears up find the journal after it is there and before it is held.
        with self.alone():
            journal = Journal(self._folder / uuid.uuid4().hex)
            journal.folder.mkdir(PRIVATE_FOLDER)
            journal.take()
            return journal
