"""Stop the background server when nobody has used it for a while.

Every process that uses the server holds the lock ``server.lock`` of its home as a reader. So the server tries to take
the lock as the writer. If it succeeds, no process uses the server, and none can start to use it before the server has
released the lock or has ended.
"""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from filelock import ReadWriteLock, Timeout
from starlette.types import ASGIApp, Receive, Scope, Send

from flows.server.record import LOCK, RECORD, STOP_S, read_record

CHECK_S = 5.0
"""How often the server checks whether it is used, in seconds; more often if the idle time is shorter than 25 s."""


class IdleEnd:
    """Ends this process when its server has been idle, or when ``server.json`` does not name this process.

    Args:
        home: Prefect's home, with the lock and ``server.json``.
        idle_s: the idle time after which the process ends, in seconds.
    """

    def __init__(self, home: Path, idle_s: float) -> None:
        self._home = home
        self._idle_s = idle_s
        self._last_use = time.monotonic()

    def count_requests(self, app: ASGIApp, probes: Collection[str]) -> ASGIApp:
        """Return the app, wrapped so that each request counts as use. So an open UI keeps the server up.

        Requests for the paths ``probes`` do not count: they only ask whether the server is up.
        """

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "lifespan" and scope["path"] not in probes:
                self._last_use = time.monotonic()
            await app(scope, receive, send)

        return counted

    def start(self) -> None:
        """Start to check, in a thread."""
        threading.Thread(target=self._check, daemon=True, name="idle end").start()

    def _check(self) -> None:
        lock = ReadWriteLock(str(self._home / LOCK), is_singleton=False)
        while not self._is_over(lock):
            time.sleep(min(CHECK_S, self._idle_s / 5))
        # Keep the lock until this process has ended: a process that wants a server waits for that and starts a new one.
        if self._is_recorded():
            with suppress(OSError):
                (self._home / RECORD).unlink()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_S)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    def _is_over(self, lock: ReadWriteLock) -> bool:
        """Return whether this server is no longer needed. If so, this process holds the lock as the writer."""
        try:
            lock.acquire_write(timeout=0)
        except Timeout:
            self._last_use = time.monotonic()
            return False
        except (OSError, sqlite3.Error):
            # the lock file cannot be opened, as when somebody has deleted the home
            return not self._home.exists()
        # If the process that started this server was killed before it wrote server.json, nobody can find this server.
        if time.monotonic() - self._last_use >= self._idle_s or not self._is_recorded():
            return True
        lock.release()
        return False

    def _is_recorded(self) -> bool:
        running = read_record(self._home)
        return running is not None and running.pid == os.getpid()
