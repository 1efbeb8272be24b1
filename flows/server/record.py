"""The record of our Prefect server in its home: which process it is, where it answers, and whether it still runs."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from flows.server.processes import Child, command_of, end_group, lives

RECORD = "server.json"
"""The file in Prefect's home that says which process the server is."""

LOCK = "server.lock"
"""The lock in Prefect's home: its readers use the server, its writer starts or stops it."""

STOP_S = 10.0
"""How long the server may take to stop, in seconds; then it is killed."""

MODULE = "flows.server.guarded_prefect"

COMMAND = f"-m {MODULE}"
"""How the command line of our server reads."""

IDLE = "--idle-minutes"
"""The argument of a server that ends by itself: for how many minutes nobody may have used it."""

VERSION = "--version"
"""The argument that says which versions started a server."""

UNGUARDED = "-m prefect server start --host 127.0.0.1"
"""How it read in earlier versions, whose servers ask for no password: they are found, stopped, and never joined."""

children: dict[int, Child] = {}
"""Servers that this process started, by pid: a child must be waited for."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server of ours: where it answers, and which process it is."""

    url: str
    pid: int

    @property
    def port(self) -> int:
        """Where it listens on loopback."""
        return int(self.url.removesuffix("/api").rsplit(":", 1)[1])


def unguarded(home: Path) -> int | None:
    """The process of a server that an earlier version started without a password, and that still runs."""
    running = recorded(home)
    return running.pid if running is not None and lives(running.pid, UNGUARDED) else None


def running_server(home: Path) -> str | None:
    """Where our server answers now; None where none does."""
    running = known(home)
    return None if running is None else running.url


def known(home: Path) -> Running | None:
    """Our server, if it answers. Its process is looked at too: its port may be a stranger's by now."""
    running = recorded(home)
    return running if running is not None and runs(running.pid) and answers(running.url) else None


def recorded(home: Path) -> Running | None:
    """The server that the record names, running or not; None where there is no record."""
    with suppress(OSError, ValueError, TypeError):
        return Running(**json.loads((home / RECORD).read_text()))
    return None


def record(home: Path, running: Running) -> None:
    """Write the record, whole or not at all: others read it at any moment."""
    new = home / f"{RECORD}.new"
    new.write_text(json.dumps(asdict(running)))
    new.replace(home / RECORD)


def answers(url: str, what: str = "health") -> bool:
    """Whether a server answers within 2 s; ``ready`` asks for its database too. Neither needs the password."""
    with suppress(URLError, OSError, ValueError), urlopen(f"{url}/{what}", timeout=2) as answer:  # noqa: S310 - http only
        return bool(answer.status == 200)  # noqa: PLR2004
    return False


def idle_minutes(pid: int) -> float | None:
    """For how many minutes a server of ours may be idle before it ends by itself; None where it does not."""
    words = command_of(pid).split()
    return float(words[words.index(IDLE) + 1]) if IDLE in words else None


def background_server(home: Path) -> int | None:
    """The process of our server, where it runs and ends by itself when nobody uses it."""
    running = recorded(home)
    if running is None or not runs(running.pid) or idle_minutes(running.pid) is None:
        return None
    return running.pid


def is_current(pid: int) -> bool:
    """Whether a server of ours was started by the versions that are installed now."""
    return f"{VERSION} {versions()}" in command_of(pid)


@cache
def versions() -> str:
    """The installed versions of what makes up a server."""
    return ",".join(f"{package}={version(package)}" for package in ("imagekeeper", "prefect"))


def runs(pid: int) -> bool:
    """Whether this process is a server of ours, and runs."""
    child = children.get(pid)
    return child.poll() is None if child is not None else lives(pid, COMMAND, UNGUARDED)


def stop(pid: int) -> None:
    """Stop a server of ours and all that it started; a process that is none is left alone."""
    end_group(pid, (COMMAND, UNGUARDED), STOP_S, children.pop(pid, None))
