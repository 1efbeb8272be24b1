"""A Prefect server of our own, under our home: started where none runs, stopped by the last who uses it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from filelock import ReadWriteLock, Timeout

START_S = 120.0
"""The first start makes the database, which may take half a minute on a busy machine."""

TUNING = {
    # The server records task runs one by one unless told otherwise; in batches it needs a fifth of the time.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TRIGGERS_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}


_children: dict[int, "subprocess.Popen[bytes]"] = {}
"""Servers that this process started, by pid: a child must be waited for."""


class ServerError(Exception):
    """No Prefect server can be had. The message is for people."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server of ours: where it answers, and which process it is."""

    url: str
    pid: int


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


@contextmanager
def serving(home: Path, given_url: str | None = None) -> Iterator[str]:
    """The API's URL of a Prefect server that answers: the one given, or ours.

    Raises:
        ServerError: if the one given does not answer, or ours does not start in time.
    """
    if given_url is not None:
        if not _answers(given_url):
            raise ServerError(
                f"no Prefect server answers at PREFECT_API_URL={given_url}; start it, or unset the variable"
            )
        yield given_url
        return
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = ReadWriteLock(str(home / "server.lock"), is_singleton=False)
    running = _join(lock, home)
    try:
        yield running.url
    finally:
        lock.release()
        _leave(lock, home)
        lock.close()


def _join(lock: ReadWriteLock, home: Path) -> Running:
    """Hold the lock as one of those who use the server, and have it answer."""
    while True:
        try:
            lock.acquire_write(timeout=0)
        except Timeout:
            pass
        else:
            try:
                if not _known(home):
                    _start(home)
            finally:
                lock.release()
        lock.acquire_read(timeout=START_S)
        running = _known(home)
        if running is not None:
            return running
        lock.release()


def _leave(lock: ReadWriteLock, home: Path) -> None:
    """Stop the server, unless somebody else uses it still."""
    try:
        lock.acquire_write(timeout=0)
    except Timeout:
        return
    try:
        running = _read(home)
        (home / "server.json").unlink(missing_ok=True)
        if running is not None:
            _stop(running.pid)
    finally:
        lock.release()


def _start(home: Path) -> None:
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
            env=_inherited() | environment(home),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _children[process.pid] = process
    (home / "server.json").write_text(json.dumps(asdict(Running(url, process.pid))))
    try:
        _wait_for_answer(url, process, home / "server.log")
    except BaseException:
        # also when the user gives up waiting: nothing may be left running
        _stop(process.pid)
        raise


def _wait_for_answer(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if _answers(url):
            return
        if process.poll() is not None:
            raise ServerError(f"the Prefect server ended as it started; {log} says why")
        time.sleep(0.1)
    raise ServerError(f"the Prefect server did not answer within {START_S:g} s; {log} may say why")


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


def _answers(url: str) -> bool:
    with suppress(URLError, OSError, ValueError), urlopen(f"{url}/health", timeout=2) as answer:  # noqa: S310 - http only
        return bool(answer.status == 200)  # noqa: PLR2004
    return False


def _stop(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGTERM)
        for _ in range(100):
            if pid in _children and _children[pid].poll() is not None:
                break
            os.killpg(pid, 0)
            time.sleep(0.1)
        else:
            os.killpg(pid, signal.SIGKILL)
    _children.pop(pid, None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
