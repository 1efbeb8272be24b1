"""A user at a terminal: the command, run with a home and a folder of its own."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from data.warehouse.connection import Warehouse
from flows.server.access import Connection
from support import warm_command

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class User:
    """Somebody at a terminal, with a home for what the program keeps."""

    home: Path
    folder: Path
    prefect: Connection | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What the program finds in its environment."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "IMAGE"))}
        server = {} if self.prefect is None else self.prefect.environment
        return {**inherited, **server} | {
            "IMAGEKEEPER_HOME": str(self.home),
            "IMAGEKEEPER_SERVER_IDLE_MINUTES": "0",  # no server outlives its test
        }

    def says(self, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run the command and wait for it."""
        return warm_command.run(words, self.folder, self.environment)

    def writes(self, name: str, text: str) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.write_text(text)
        return path

    def asks(self, query: str) -> list[dict[str, Any]]:
        """The rows that a query gives; asked without the command, which takes two seconds to start."""
        with Warehouse(self.home / "warehouse.duckdb").reading() as con:
            rows: list[dict[str, Any]] = con.sql(query).to_arrow_table().to_pylist()
        return rows


def soon(true: Callable[[], Any], seconds: float = 90) -> Any:
    """What is true at last; a server that does not answer meanwhile is asked again."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            found = true()
            if found:
                return found
        time.sleep(0.3)
    raise AssertionError(f"nothing after {seconds:g} s")


def free_port() -> int:
    """A port that is free, and the next one too."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            with suppress(OSError):
                other.bind(("127.0.0.1", port + 1))
                return port


def json_lines(text: str) -> list[dict[str, Any]]:
    """The objects of a text with one a line."""
    return [json.loads(line) for line in text.splitlines()]


def at_a_desk(place: Path, prefect: Connection | None) -> User:
    """A user with an empty home, and small files to import."""
    folder = place / "desk"
    folder.mkdir()
    (folder / "disk.raw").write_bytes(bytes(range(256)) * 4096)
    return User(place / "home", folder, prefect)
