"""Start, share and stop our guarded Prefect server, one for each home.

A process that needs the server starts it, or uses the one that runs. The last process that uses it stops it, or leaves
it in the background for the next command; then it stops by itself when it is idle (``flows.server.idle_end``).

The readers-writer lock ``server.lock`` coordinates this. A process holds it as a reader for as long as it uses the
server. Only a writer may start or stop the server: it knows that nobody uses it. The kernel releases the lock of a
killed process.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from filelock import ReadWriteLock, Timeout

from data.access.private_folders import PRIVATE_FILE, private_folder, tighten
from flows.server.access import Connection, ServerError, auth_string
from flows.server.database_backup import back_up
from flows.server.prefect_environment import environment
from flows.server.processes import Child
from flows.server.record import (
    COMMAND,
    IDLE,
    LOCK,
    RECORD,
    VERSION,
    ServerRecord,
    answering_server,
    answers,
    background_server,
    children,
    given_server,
    is_current,
    is_server,
    lets_in,
    read_record,
    refuse_unguarded,
    stop,
    unguarded,
    versions,
    write_record,
)

START_S = 120.0
"""How long a start may take, in seconds. The first one creates the database: half a minute on a busy machine."""

PROBE_EVERY_S = 3.0
"""How often the monitor probes the server and its database, in seconds."""

IDLE_CHECK_S = 1.0
"""How long to wait for a server that holds its own lock for a moment to check whether it is idle, in seconds."""

MOST_TIMEOUTS = 12
"""The number of probes without a response (2 s each) after which the server is restarted: about a minute."""


def _no_callback(_: Connection) -> None:
    pass


@contextmanager
def serving(
    home: Path,
    given_url: str | None = None,
    *,
    port: int | None = None,
    meanwhile: Callable[[Connection], None] = _no_callback,
    idle_minutes: float = 0,
    background: bool = False,
) -> Iterator[Connection]:
    """Yield a Prefect server that answers and accepts our password: the given one, or ours.

    If ours does not run, start it on ``port`` or on a free port. ``meanwhile`` is called before the server answers, for
    work that can be done in parallel to the start.

    Replace a background server that nobody uses if it does not fit: if it listens on another port than ``port``, if
    other versions started it, or if it has another password.

    Args:
        home: Prefect's home.
        given_url: the API of a server to use instead of ours.
        port: the port of our server; None: any.
        meanwhile: called with the server, which may not answer yet.
        idle_minutes: the idle time after which a server that this call starts stops by itself; 0: never.
        background: leave the server up at the end, if it stops by itself later.

    Raises:
        ServerError: if the given server does not answer or requires another password, if ours does not start, or if
            the port is in use.
    """
    if given_url is not None:
        connection = given_server(home, given_url)
        meanwhile(connection)
        yield connection
        return
    private_folder(home)
    tighten(home)
    lock = ReadWriteLock(str(home / LOCK), is_singleton=False)
    try:
        running = _acquire(lock, home, port, meanwhile, idle_minutes)
        try:
            yield _connection(home, running)
        finally:
            lock.release()
            if not (background and background_server(home) is not None):
                _stop_if_unused(lock, home)
    finally:
        lock.close()


class ServerMonitor:
    """Restarts our server on its port if it has ended or does not respond.

    At most one process that uses ``serving`` may have a monitor: two would both restart the server.
    """

    def __init__(self, home: Path, idle_minutes: float = 0) -> None:
        self._home = home
        self._idle_minutes = idle_minutes
        self._probed_at = 0.0
        self._timeouts = 0

    def restart_if_needed(self) -> str | None:
        """Restart the server if it has ended or does not respond; return what was wrong, or None.

        Raises:
            ServerError: if it does not start.
        """
        running = read_record(self._home)
        if running is None:
            return None
        ended = not is_server(running.pid)
        if not ended and not self._is_unresponsive(running.url):
            return None
        if ended:
            children.pop(running.pid, None)
        else:
            stop(running.pid)
        self._timeouts = 0
        _start(self._home, running.port, _no_callback, self._idle_minutes)
        return "had ended" if ended else "had not answered for a minute"

    def _is_unresponsive(self, url: str) -> bool:
        """Return whether the last probes all timed out; probe again if the last one is long enough ago."""
        if time.monotonic() - self._probed_at >= PROBE_EVERY_S:
            self._timeouts = 0 if answers(url, "ready") else self._timeouts + 1
            self._probed_at = time.monotonic()
        return self._timeouts >= MOST_TIMEOUTS


def stop_unused(home: Path) -> bool:
    """Stop our server if nobody uses it, as after a kill -9 of its last user; return whether it was stopped."""
    if not (home / RECORD).exists():
        return False
    lock = ReadWriteLock(str(home / LOCK), is_singleton=False)
    try:
        return _stop_if_unused(lock, home, IDLE_CHECK_S)
    finally:
        lock.close()


def _connection(home: Path, running: ServerRecord) -> Connection:
    return Connection(running.url, auth_string(home))


def _acquire(
    lock: ReadWriteLock, home: Path, port: int | None, meanwhile: Callable[[Connection], None], idle_minutes: float
) -> ServerRecord:
    """Take the lock as a reader, with a server that answers; start or replace the server if necessary.

    Raises:
        ServerError: if the server does not start, does not answer, or requires no password.
    """
    until = time.monotonic() + START_S
    called_for: list[str] = []

    def call_once(connection: Connection) -> None:
        # More than one round of the loop can see the same server.
        if connection.url not in called_for:
            called_for.append(connection.url)
            meanwhile(connection)

    while time.monotonic() < until:
        try:
            lock.acquire_write(timeout=0)
        except Timeout:
            pass
        else:
            try:
                # As the writer we know that nobody uses the server, so it can be stopped.
                if not _fits(home, port):
                    _stop_recorded(home)
                    _start(home, port, call_once, idle_minutes)
            finally:
                lock.release()
        # Between release and this line another process may stop the server: then the next round starts it again.
        lock.acquire_read(timeout=START_S)
        running = answering_server(home)
        if running is not None:
            try:
                refuse_unguarded(home)
            except ServerError:
                lock.release()
                raise
            call_once(_connection(home, running))
            return running
        lock.release()
        # Another process uses a server that does not answer: the monitor of that process restarts it.
        time.sleep(0.2)
    raise ServerError(f"the Prefect server does not answer; see {home / 'server.log'}")


def _fits(home: Path, port: int | None) -> bool:
    """Return whether our server answers as one that we would start now: guarded, same port, versions and password."""
    running = answering_server(home)
    return (
        running is not None
        and unguarded(home) is None
        and port in (None, running.port)
        and is_current(running.pid)
        and lets_in(_connection(home, running))
    )


def _stop_if_unused(lock: ReadWriteLock, home: Path, wait_s: float = 0) -> bool:
    """Stop the server unless another process uses it; return whether it was stopped."""
    try:
        lock.acquire_write(timeout=wait_s)
    except Timeout:
        return False
    try:
        return _stop_recorded(home)
    finally:
        lock.release()


def _stop_recorded(home: Path) -> bool:
    running = read_record(home)
    ran = running is not None and is_server(running.pid)
    if running is not None:
        stop(running.pid)
    (home / RECORD).unlink(missing_ok=True)
    return ran


def _start(home: Path, port: int | None, meanwhile: Callable[[Connection], None], idle_minutes: float) -> None:
    port = _free_port(port)
    connection = Connection(f"http://127.0.0.1:{port}/api", auth_string(home))
    back_up(home)
    for file in home.glob("prefect.db*"):  # earlier versions created them readable for other accounts
        with suppress(OSError):
            file.chmod(PRIVATE_FILE)
    idle = [IDLE, f"{idle_minutes:g}"] if idle_minutes else []
    log = home / "server.log"
    with log.open("ab") as written:
        log_start = written.tell()
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            [sys.executable, *COMMAND.split(), "--port", str(port), VERSION, versions(), *idle],
            # Import from this installation, not from the working directory of the user.
            env=_inherited() | environment(home.absolute()) | {"PYTHONSAFEPATH": "1"},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,
            # A background server must not keep the file system of the user's working directory busy.
            cwd=home,
            umask=0o077,
        )
    children[process.pid] = process
    try:
        write_record(home, ServerRecord(connection.url, process.pid))
        meanwhile(connection)
        _wait_for_answer(connection.url, process, log, log_start)
    except BaseException:
        # Also on Ctrl-C: no process may be left running.
        stop(process.pid)
        raise


def _wait_for_answer(url: str, process: Child, log: Path, log_start: int) -> None:
    """Wait until the server answers. Its log from the byte ``log_start`` on explains a failure."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if answers(url) and process.poll() is None:
            return
        if process.poll() is not None:
            raise ServerError(_why_it_ended(log, log_start))
        time.sleep(0.1)
    raise ServerError(f"the Prefect server did not answer within {START_S:g} s; see {log}")


def _why_it_ended(log: Path, log_start: int) -> str:
    with log.open("rb") as written:
        written.seek(log_start)
        text = written.read().decode(errors="replace")
    if "Can't locate revision" in text:
        database = log.with_name("prefect.db")
        return (
            f"another version of Prefect than the installed {version('prefect')} created {database}. It contains only"
            " the history of runs; the action log is in the warehouse. Install that version, or move the file away:"
            f" mv {database} {database}.old. A copy from before the last upgrade is beside it, if there was one:"
            f" {database.name}.before-…"
        )
    return f"the Prefect server ended while it started; see {log}"


def _inherited() -> dict[str, str]:
    """Return our environment without the variables of another Prefect server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}


def _free_port(port: int | None) -> int:
    """Return the port, or any free one for None.

    Raises:
        ServerError: if the port is in use.
    """
    with socket.socket() as probe:
        # As the server does: so a port that our last server has just released counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port or 0))
        except OSError:
            suggestion = f"imagekeeper up --port {(port or 0) + 1}"
            raise ServerError(
                f"port {port} is in use; stop the program that uses it, or choose another port: {suggestion}"
            ) from None
        free: int = probe.getsockname()[1]
        return free
