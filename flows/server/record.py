"""Find the running Prefect server of a home, and check whether it can be used.

``server.json`` says which process our server is and at which URL it answers.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from flows.server.access import FILE, SETTING, Connection, ServerError, auth_string
from flows.server.processes import Child, command_of, end_group, is_running

RECORD = "server.json"
"""The file in Prefect's home with the pid and the URL of the server."""

LOCK = "server.lock"
"""The readers-writer lock in Prefect's home: a reader uses the server, the writer starts or stops it."""

STOP_S = 10.0
"""How long the server may take to stop before it is killed, in seconds."""

MODULE = "flows.server.guarded_prefect"

COMMAND = f"-m {MODULE}"
"""The part of the command line by which our server is recognized."""

IDLE = "--idle-minutes"
"""The argument of a background server: the idle time in minutes after which it stops."""

VERSION = "--version"
"""The argument with the versions that started a server."""

UNGUARDED = "-m prefect server start --host 127.0.0.1"
"""The command line of earlier versions, whose servers require no password: they are stopped, never used."""

children: dict[int, Child] = {}
"""Servers that this process started, by pid: a child must be reaped, or it stays a zombie."""


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """A server that this program started: the URL of its API and its pid."""

    url: str
    pid: int

    @property
    def port(self) -> int:
        """The port on loopback."""
        return int(self.url.removesuffix("/api").rsplit(":", 1)[1])


def unguarded(home: Path) -> int | None:
    """Return the pid of a running server that an earlier version started without a password; None if there is none."""
    running = read_record(home)
    return running.pid if running is not None and is_running(running.pid, UNGUARDED) else None


def running_server(home: Path) -> str | None:
    """Return the URL of our server if it answers; otherwise None."""
    running = answering_server(home)
    return None if running is None else running.url


def answering_server(home: Path) -> ServerRecord | None:
    """Return our server if it answers. Its process must run too: another program may use its port now."""
    running = read_record(home)
    return running if running is not None and is_server(running.pid) and answers(running.url) else None


def read_record(home: Path) -> ServerRecord | None:
    """Return the server in ``server.json``, running or not; None if there is no valid file."""
    with suppress(OSError, ValueError, TypeError):
        return ServerRecord(**json.loads((home / RECORD).read_text()))
    return None


def write_record(home: Path, running: ServerRecord) -> None:
    """Write ``server.json`` atomically: other processes read it at any time."""
    new = home / f"{RECORD}.new"
    new.write_text(json.dumps(asdict(running)))
    new.replace(home / RECORD)


def answers(url: str, probe: str = "health") -> bool:
    """Return whether a server answers within 2 s; ``ready`` checks its database too. Neither needs the password."""
    with suppress(URLError, OSError, ValueError), urlopen(f"{url}/{probe}", timeout=2) as answer:  # noqa: S310 - http only
        return bool(answer.status == 200)  # noqa: PLR2004
    return False


def idle_minutes(pid: int) -> float | None:
    """Return the idle time in minutes after which our server stops; None if it does not stop by itself."""
    words = command_of(pid).split()
    return float(words[words.index(IDLE) + 1]) if IDLE in words else None


def background_server(home: Path) -> int | None:
    """Return the pid of our server if it runs in the background and stops by itself; otherwise None."""
    running = read_record(home)
    if running is None or not is_server(running.pid) or idle_minutes(running.pid) is None:
        return None
    return running.pid


def is_current(pid: int) -> bool:
    """Return whether the installed versions started this server."""
    return f"{VERSION} {versions()}" in command_of(pid)


@cache
def versions() -> str:
    """Return the installed versions of the packages that the server consists of."""
    return ",".join(f"{package}={version(package)}" for package in ("imagekeeper", "prefect"))


def is_server(pid: int) -> bool:
    """Return whether this process runs and is a server that this program started."""
    child = children.get(pid)
    return child.poll() is None if child is not None else is_running(pid, COMMAND, UNGUARDED)


def stop(pid: int) -> None:
    """Stop one of our servers and its child processes. Another program with this pid is left alone."""
    end_group(pid, (COMMAND, UNGUARDED), STOP_S, children.pop(pid, None))


def given_server(home: Path, url: str) -> Connection:
    """Return the server that PREFECT_API_URL names. If it is ours, the password comes from its home.

    Raises:
        ServerError: if it does not answer, does not accept the password, or is an unguarded server of ours.
    """
    if not answers(url):
        raise ServerError(f"no Prefect server answers at PREFECT_API_URL={url}; start it, or unset the variable")
    running = answering_server(home)
    ours = running is not None and running.url == url.rstrip("/").replace("//localhost:", "//127.0.0.1:")
    if ours:
        refuse_unguarded(home)
    connection = Connection(url, auth_string(home) if ours else os.environ.get(SETTING))
    if not lets_in(connection):
        problem = "does not accept the password" if connection.auth_string else "requires a password"
        raise ServerError(
            f"the Prefect server at PREFECT_API_URL={url} {problem}: set {SETTING} to its user:password. If"
            f" 'imagekeeper up' started that server, they are in the file {home / FILE} on its machine"
        )
    return connection


def lets_in(connection: Connection) -> bool:
    """Return whether a server accepts the password; also true if the request fails for another reason."""
    request = Request(f"{connection.url}/admin/version", headers=dict(connection.headers))  # noqa: S310 - http only
    try:
        urlopen(request, timeout=10).close()  # noqa: S310 - http only
    except HTTPError as error:
        return error.code not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    except OSError:
        pass
    return True


def refuse_unguarded(home: Path) -> None:
    """Check that our server requires a password.

    Raises:
        ServerError: if it does not: an earlier version started it.
    """
    pid = unguarded(home)
    if pid is not None:
        raise ServerError(
            f"an earlier version started the Prefect server in this home (process {pid}). It requires no password, so"
            " any web page can control it: stop it with 'imagekeeper down', then try again"
        )
