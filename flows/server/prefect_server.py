"""A Prefect server of our own, under our home: started where none runs, stopped by the last who uses it.

Or it stays up in the background for the next command, and ends by itself when nobody has used it for a while
(``flows.server.idle_end``).
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
from flows.server.processes import Child
from flows.server.record import (
    COMMAND,
    IDLE,
    LOCK,
    RECORD,
    VERSION,
    Running,
    answers,
    background_server,
    children,
    is_current,
    known,
    record,
    recorded,
    runs,
    stop,
    unguarded,
    versions,
)
from flows.server.running_servers import given_server, lets_in, refuse_unguarded

START_S = 120.0
"""The first start makes the database, which may take half a minute on a busy machine."""

ASK_S = 3.0
"""How often a server is asked whether it, with its database, is ready, in seconds."""

HELD_S = 1.0
"""How long to wait for a server that has its own lock just now, to look whether somebody uses it, in seconds."""

SILENCES = 12
"""After how many times without an answer (2 s each) it is taken to hang: a minute."""

TUNING = {
    # The server records task runs one by one unless told otherwise; in batches it needs a fifth of the time.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TRIGGERS_READ_BATCH_SIZE": "100",
    # In memory they would be lost with the server, and Prefect cancels a run whose lease is lost.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # A run that somebody starts in the UI begins within this many seconds.
    "PREFECT_RUNNER_POLL_FREQUENCY": "2",
    # A run that was killed is noticed by its silence.
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}


def environment(home: Path) -> dict[str, str]:
    """What Prefect, server or client, must find in its environment; set before prefect is imported."""
    return TUNING | {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home}/prefect.db",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        # what the program has to say it says itself; Prefect's own words go to the run's page
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    }


def _nothing(_: Connection) -> None:
    pass


@contextmanager
def serving(
    home: Path,
    given_url: str | None = None,
    *,
    port: int | None = None,
    meanwhile: Callable[[Connection], None] = _nothing,
    idle_minutes: float = 0,
    background: bool = False,
) -> Iterator[Connection]:
    """A Prefect server that answers, and lets us in: the one given, or ours.

    Ours is joined where it runs already; otherwise it starts on ``port``, or on any that is free. ``meanwhile`` is
    called before the server answers: what takes long as well can begin then.

    One that runs in the background, and that nobody uses, is replaced where it would not do: if ``port`` is another
    than its own, if other versions started it, or if it has another password.

    Args:
        home: Prefect's home.
        given_url: the URL of a server's API that is used instead of ours.
        port: where ours is to listen.
        meanwhile: called with the server, which need not answer yet.
        idle_minutes: a server that is started here ends by itself when nobody has used it for so long; 0 is never.
        background: leave the server up at the end, if it ends by itself later.

    Raises:
        ServerError: if the one given does not answer or asks for another password, or ours does not start in time, or
            the port is taken.
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
        running = _join(lock, home, port, meanwhile, idle_minutes)
        try:
            yield _connection(home, running)
        finally:
            lock.release()
            if not (background and background_server(home) is not None):
                _leave(lock, home)
    finally:
        lock.close()


class Watch:
    """Starts our server again, on its port, where it has ended or hangs. For one user of ``serving`` at most."""

    def __init__(self, home: Path, idle_minutes: float = 0) -> None:
        self._home = home
        self._idle_minutes = idle_minutes
        self._asked = 0.0
        self._unanswered = 0

    def revive(self) -> str | None:
        """Start the server again where that is needed; what was wrong with it.

        Raises:
            ServerError: if it does not start.
        """
        running = recorded(self._home)
        if running is None:
            return None
        ended = not runs(running.pid)
        if not ended and not self._hangs(running.url):
            return None
        if ended:
            children.pop(running.pid, None)
        else:
            stop(running.pid)
        self._unanswered = 0
        _start(self._home, running.port, _nothing, self._idle_minutes)
        return "had ended" if ended else "had not answered for a minute"

    def _hangs(self, url: str) -> bool:
        """Whether it was silent each time of many that it was asked; asked once in a while."""
        if time.monotonic() - self._asked >= ASK_S:
            self._unanswered = 0 if answers(url, "ready") else self._unanswered + 1
            self._asked = time.monotonic()
        return self._unanswered >= SILENCES


def stop_unused(home: Path) -> bool:
    """Stop our server where it runs and nobody uses it, as after a kill -9 of its last user; whether it did."""
    if not (home / RECORD).exists():
        return False
    lock = ReadWriteLock(str(home / LOCK), is_singleton=False)
    try:
        return _leave(lock, home, HELD_S)
    finally:
        lock.close()


def _connection(home: Path, running: Running) -> Connection:
    return Connection(running.url, auth_string(home))


def _join(
    lock: ReadWriteLock, home: Path, port: int | None, meanwhile: Callable[[Connection], None], idle_minutes: float
) -> Running:
    """Hold the lock as one of those who use the server, and have it answer."""
    until = time.monotonic() + START_S
    began: list[str] = []

    def begun(connection: Connection) -> None:
        if connection.url not in began:
            began.append(connection.url)
            meanwhile(connection)

    while time.monotonic() < until:
        try:
            lock.acquire_write(timeout=0)
        except Timeout:
            pass
        else:
            try:
                # nobody else uses it now, so one that would not do can be stopped
                if not _will_do(home, port):
                    _stop_recorded(home)
                    _start(home, port, begun, idle_minutes)
            finally:
                lock.release()
        lock.acquire_read(timeout=START_S)
        running = known(home)
        if running is not None:
            try:
                refuse_unguarded(home)
            except ServerError:
                lock.release()
                raise
            begun(_connection(home, running))
            return running
        lock.release()
        # somebody uses a server that does not answer just now: whoever keeps it up starts it again
        time.sleep(0.2)
    raise ServerError(f"the Prefect server does not answer; {home / 'server.log'} may say why")


def _will_do(home: Path, port: int | None) -> bool:
    """Whether our server answers, where it is wanted, as one that would be started now does."""
    running = known(home)
    return (
        running is not None
        and unguarded(home) is None
        and port in (None, running.port)
        and is_current(running.pid)
        and lets_in(_connection(home, running))
    )


def _leave(lock: ReadWriteLock, home: Path, patience_s: float = 0) -> bool:
    """Stop the server, unless somebody else uses it still; whether it did."""
    try:
        lock.acquire_write(timeout=patience_s)
    except Timeout:
        return False
    try:
        return _stop_recorded(home)
    finally:
        lock.release()


def _stop_recorded(home: Path) -> bool:
    running = recorded(home)
    ran = running is not None and runs(running.pid)
    if running is not None:
        stop(running.pid)
    (home / RECORD).unlink(missing_ok=True)
    return ran


def _start(home: Path, port: int | None, meanwhile: Callable[[Connection], None], idle_minutes: float) -> None:
    port = _free_port(port)
    connection = Connection(f"http://127.0.0.1:{port}/api", auth_string(home))
    for file in home.glob("prefect.db*"):  # earlier versions left them open to other accounts
        with suppress(OSError):
            file.chmod(PRIVATE_FILE)
    idle = [IDLE, f"{idle_minutes:g}"] if idle_minutes else []
    log = home / "server.log"
    with log.open("ab") as written:
        begins = written.tell()
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            [sys.executable, *COMMAND.split(), "--port", str(port), VERSION, versions(), *idle],
            # what is imported comes from this installation, not from the folder that the user stands in
            env=_inherited() | environment(home.absolute()) | {"PYTHONSAFEPATH": "1"},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,
            # in the background it must not keep the folder that the user stands in from being unmounted
            cwd=home,
            umask=0o077,
        )
    children[process.pid] = process
    try:
        record(home, Running(connection.url, process.pid))
        meanwhile(connection)
        _wait_for_answer(connection.url, process, log, begins)
    except BaseException:
        # also when the user gives up waiting: nothing may be left running
        stop(process.pid)
        raise


def _wait_for_answer(url: str, process: Child, log: Path, begins: int) -> None:
    """Wait until the server answers; what it wrote to its log from the byte ``begins`` on says why it does not."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if answers(url) and process.poll() is None:
            return
        if process.poll() is not None:
            raise ServerError(_why_it_ended(log, begins))
        time.sleep(0.1)
    raise ServerError(f"the Prefect server did not answer within {START_S:g} s; {log} may say why")


def _why_it_ended(log: Path, begins: int) -> str:
    with log.open("rb") as written:
        written.seek(begins)
        told = written.read().decode(errors="replace")
    if "Can't locate revision" in told:
        database = log.with_name("prefect.db")
        return (
            f"{database} was made by another version of Prefect than {version('prefect')}, which is installed. It holds"
            " the history of runs only; all that was done is in the warehouse. Install that version, or move the file"
            f" away: mv {database} {database}.old"
        )
    return f"the Prefect server ended as it started; {log} says why"


def _inherited() -> dict[str, str]:
    """Our environment without another Prefect's address and home."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}


def _free_port(wanted: int | None) -> int:
    """The port wanted, or any that is free.

    Raises:
        ServerError: if the one wanted is taken.
    """
    with socket.socket() as probe:
        # as the server itself does: a port that was ours a moment ago is not taken
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError:
            another = f"imagekeeper up --port {(wanted or 0) + 1}"
            raise ServerError(
                f"port {wanted} is taken by another program; stop that, or choose another port: {another}"
            ) from None
        port: int = probe.getsockname()[1]
        return port
