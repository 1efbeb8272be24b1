"""A Prefect server of our own, under our home: started where none runs, stopped by the last who uses it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from filelock import ReadWriteLock, Timeout

from flows.processes import Child, end_group, lives

START_S = 120.0
"""The first start makes the database, which may take half a minute on a busy machine."""

STOP_S = 10.0
"""How long the server may take to stop, in seconds; then it is killed."""

ASK_S = 3.0
"""How often a server is asked whether it, with its database, is ready, in seconds."""

SILENCES = 12
"""After how many times without an answer (2 s each) it is taken to hang: a minute."""

COMMAND = ("-m", "prefect", "server", "start", "--host", "127.0.0.1")

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


_children: dict[int, Child] = {}
"""Servers that this process started, by pid: a child must be waited for."""


class ServerError(Exception):
    """No Prefect server can be had. The message is for people."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server of ours: where it answers, and which process it is."""

    url: str
    pid: int

    @property
    def port(self) -> int:
        """Where it listens on loopback."""
        return int(self.url.removesuffix("/api").rsplit(":", 1)[1])


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


def _nothing(_: str) -> None:
    pass


@contextmanager
def serving(
    home: Path, given_url: str | None = None, *, port: int | None = None, meanwhile: Callable[[str], None] = _nothing
) -> Iterator[str]:
    """The API's URL of a Prefect server that answers: the one given, or ours.

    Ours is joined where it runs already; otherwise it starts on ``port``, or on any that is free. ``meanwhile`` is
    called with the URL before the server answers: what takes long as well can begin then.

    Raises:
        ServerError: if the one given does not answer, or ours does not start in time, or the port is taken.
    """
    if given_url is not None:
        if not _answers(given_url):
            raise ServerError(
                f"no Prefect server answers at PREFECT_API_URL={given_url}; start it, or unset the variable"
            )
        meanwhile(given_url)
        yield given_url
        return
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = ReadWriteLock(str(home / "server.lock"), is_singleton=False)
    try:
        running = _join(lock, home, port, meanwhile)
        try:
            yield running.url
        finally:
            lock.release()
            _leave(lock, home)
    finally:
        lock.close()


class Watch:
    """Looks after our server, which is started again on its port where it has ended, or hangs.

    Only for one who is inside ``serving``, and only for one of them.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._asked = 0.0
        self._unanswered = 0

    def revive(self) -> str | None:
        """Start the server again where that is needed; what was wrong with it.

        Raises:
            ServerError: if it does not start.
        """
        running = _read(self._home)
        if running is None:
            return None
        ended = not _runs(running.pid)
        if not ended and not self._hangs(running.url):
            return None
        if ended:
            _children.pop(running.pid, None)
        else:
            _stop(running.pid)
        self._unanswered = 0
        _start(self._home, running.port, _nothing)
        return "had ended" if ended else "had not answered for a minute"

    def _hangs(self, url: str) -> bool:
        """Whether it was silent each time of many that it was asked; asked once in a while."""
        if time.monotonic() - self._asked >= ASK_S:
            self._unanswered = 0 if _answers(url, "ready") else self._unanswered + 1
            self._asked = time.monotonic()
        return self._unanswered >= SILENCES


def stop_unused(home: Path) -> bool:
    """Stop our server where it runs and nobody uses it, as after a kill -9 of its last user; whether it did."""
    if not (home / "server.json").exists():
        return False
    lock = ReadWriteLock(str(home / "server.lock"), is_singleton=False)
    try:
        return _leave(lock, home)
    finally:
        lock.close()


def _join(lock: ReadWriteLock, home: Path, port: int | None, meanwhile: Callable[[str], None]) -> Running:
    """Hold the lock as one of those who use the server, and have it answer."""
    until = time.monotonic() + START_S
    began: list[str] = []

    def begun(url: str) -> None:
        if url not in began:
            began.append(url)
            meanwhile(url)

    while time.monotonic() < until:
        try:
            lock.acquire_write(timeout=0)
        except Timeout:
            pass
        else:
            try:
                if not _known(home):
                    _stop_recorded(home)
                    _start(home, port, begun)
            finally:
                lock.release()
        lock.acquire_read(timeout=START_S)
        running = _known(home)
        if running is not None:
            begun(running.url)
            return running
        lock.release()
        # somebody uses a server that does not answer just now: whoever keeps it up starts it again
        time.sleep(0.2)
    raise ServerError(f"the Prefect server does not answer; {home / 'server.log'} may say why")


def _leave(lock: ReadWriteLock, home: Path) -> bool:
    """Stop the server, unless somebody else uses it still; whether it did."""
    try:
        lock.acquire_write(timeout=0)
    except Timeout:
        return False
    try:
        return _stop_recorded(home)
    finally:
        lock.release()


def _stop_recorded(home: Path) -> bool:
    running = _read(home)
    ran = running is not None and _runs(running.pid)
    if running is not None:
        _stop(running.pid)
    (home / "server.json").unlink(missing_ok=True)
    return ran


def _start(home: Path, port: int | None, meanwhile: Callable[[str], None]) -> None:
    port = _free_port(port)
    url = f"http://127.0.0.1:{port}/api"
    log = home / "server.log"
    with log.open("ab") as written:
        begins = written.tell()
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            [sys.executable, *COMMAND, "--port", str(port)],
            # the UI asks the API where it is told to, not where the page came from
            env=_inherited() | environment(home) | {"PREFECT_SERVER_UI_API_URL": url},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
    _children[process.pid] = process
    try:
        _write(home, Running(url, process.pid))
        meanwhile(url)
        _wait_for_answer(url, process, log, begins)
    except BaseException:
        # also when the user gives up waiting: nothing may be left running
        _stop(process.pid)
        raise


def _wait_for_answer(url: str, process: Child, log: Path, begins: int) -> None:
    """Wait until the server answers; what it wrote to its log from the byte ``begins`` on says why it does not."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if _answers(url) and process.poll() is None:
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


def _known(home: Path) -> Running | None:
    running = _read(home)
    return running if running is not None and _answers(running.url) else None


def _read(home: Path) -> Running | None:
    with suppress(OSError, ValueError, TypeError):
        return Running(**json.loads((home / "server.json").read_text()))
    return None


def _write(home: Path, running: Running) -> None:
    """Written whole or not at all: others read it at any moment."""
    new = home / "server.json.new"
    new.write_text(json.dumps(asdict(running)))
    new.replace(home / "server.json")


def _answers(url: str, what: str = "health") -> bool:
    with suppress(URLError, OSError, ValueError), urlopen(f"{url}/{what}", timeout=2) as answer:  # noqa: S310 - http only
        return bool(answer.status == 200)  # noqa: PLR2004
    return False


def _runs(pid: int) -> bool:
    child = _children.get(pid)
    return child.poll() is None if child is not None else lives(pid, " ".join(COMMAND))


def _stop(pid: int) -> None:
    end_group(pid, " ".join(COMMAND), STOP_S, _children.pop(pid, None))


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
