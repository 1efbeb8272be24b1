"""The end of a server that a command left up in the background: by itself, once nobody has used it for a while.

Whoever uses the server holds the readers' lock ``server.lock`` of its home. So the server looks whether it can have the
writers' lock: then nobody uses it, and nobody can begin to before it gives the lock back, or has ended.
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

from flows.server.record import LOCK, RECORD, STOP_S, recorded

LOOK_S = 5.0
"""How often the server looks whether somebody uses it, in seconds; more often where it may be idle for less."""


class IdleEnd:
    """Ends this process when nobody has used its server for a while, or when no record names it.

    Args:
        home: Prefect's home, with the lock and the record.
        idle_s: for how many seconds nobody may have used it.
    """

    def __init__(self, home: Path, idle_s: float) -> None:
        self._home = home
        self._idle_s = idle_s
        self._used = time.monotonic()

    def noticing(self, app: ASGIApp, probes: Collection[str]) -> ASGIApp:
        """The app; each request to it counts as use, so that the UI stays up while somebody has it open.

        Requests for the paths ``probes`` do not: anybody may ask whether the server is up.
        """

        async def noticed(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "lifespan" and scope["path"] not in probes:
                self._used = time.monotonic()
            await app(scope, receive, send)

        return noticed

    def start(self) -> None:
        """Look from now on, on a thread of its own."""
        threading.Thread(target=self._look, daemon=True, name="idle end").start()

    def _look(self) -> None:
        lock = ReadWriteLock(str(self._home / LOCK), is_singleton=False)
        while not self._is_over(lock):
            time.sleep(min(LOOK_S, self._idle_s / 5))
        # The lock is kept until this process has ended: who comes now waits for that, and then starts a new server.
        if self._is_recorded():
            with suppress(OSError):
                (self._home / RECORD).unlink()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_S)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    def _is_over(self, lock: ReadWriteLock) -> bool:
        """Whether this server is not needed any more; then the writers' lock is held, if there is one still."""
        try:
            lock.acquire_write(timeout=0)
        except Timeout:
            self._used = time.monotonic()
            return False
        except (OSError, sqlite3.Error):
            # somebody has deleted the home
            return not self._home.exists()
        # who started this server and was killed at once has recorded nothing: nobody would find it
        if time.monotonic() - self._used >= self._idle_s or not self._is_recorded():
            return True
        lock.release()
        return False

    def _is_recorded(self) -> bool:
        running = recorded(self._home)
        return running is not None and running.pid == os.getpid()
