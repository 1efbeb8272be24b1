"""A server that a command leaves up in the background: used by the next, and gone when nobody uses it."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from flows.cli.doctor import examine
from flows.server import record
from flows.server.local_services import down
from flows.server.prefect_server import serving
from flows.settings import Settings

JOIN = """
import sys
from pathlib import Path
from data.access.umask import keep_private
from flows.server.prefect_server import serving
keep_private()
with serving(Path(sys.argv[1]), idle_minutes=float(sys.argv[2]), background=True) as server:
    print(server.url, flush=True)
"""
SHORT = 0.05
"""Idle minutes: 3 s."""


@pytest.fixture
def settings(tmp_path: Path, prefect_database: Path) -> Iterator[Settings]:
    """A home with a database, in which no server is left."""
    found = Settings(home=tmp_path)
    found.prefect_home.mkdir(mode=0o700)
    shutil.copy(prefect_database, found.prefect_home / "prefect.db")
    yield found
    down(found)


@pytest.fixture
def home(settings: Settings) -> Path:
    """Prefect's home in it."""
    return settings.prefect_home


def join(home: Path, idle_minutes: float = 5) -> subprocess.Popen[str]:
    """A command that uses a server for a moment, and leaves it up."""
    command = [sys.executable, "-c", JOIN, str(home), str(idle_minutes)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def joined(home: Path, idle_minutes: float = 5) -> tuple[str, int]:
    """Where the server is that such a command used, and its process; the command has ended."""
    process = join(home, idle_minutes)
    url = process.communicate(timeout=120)[0].strip()
    assert process.returncode == 0
    return url, pid_of(home)


def pid_of(home: Path) -> int:
    """The process of the server that the record names."""
    pid: int = json.loads((home / "server.json").read_text())["pid"]
    return pid


def soon(what: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether something happens in time."""
    until = time.monotonic() + seconds
    while not what() and time.monotonic() < until:
        time.sleep(0.05)
    return what()


def ended(pid: int) -> bool:
    """Whether a server has ended; who started it has, so that nobody waits for it."""
    return not record.is_server(pid)


def test_two_commands_in_a_row_use_the_same_server(settings: Settings, home: Path) -> None:
    """The second finds the server of the first, which is guarded and private; doctor shows it, ``down`` stops it."""
    first = joined(home)
    assert joined(home) == first
    url, pid = first
    assert httpx.get(f"{url}/admin/version").status_code == 401
    assert httpx.get(f"{url}/health", headers={"Host": "evil.example"}).status_code == 400
    assert httpx.get(f"{url}/health", headers={"Origin": "http://evil.example"}).status_code == 403
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    opened = [file for file in home.iterdir() if file.is_file() and file.stat().st_mode & 0o077]
    assert [file.name for file in opened if file.name not in ("server.lock", "up.lock")] == []
    said = next(check.message for check in examine(settings) if check.subject == "Prefect's server")
    assert url.removesuffix("/api") in said
    assert f"process {pid} stops after 5 min without use, or with imagekeeper down" in said
    assert str(pid) in down(settings)
    assert ended(pid)
    assert down(settings) == "imagekeeper is not up."


def test_it_ends_when_nobody_has_used_it_for_a_while(home: Path) -> None:
    """Requests to it are use, and so is a command that holds it; then it ends, and its record is gone."""
    with serving(home, idle_minutes=SHORT, background=True) as server:
        pid = pid_of(home)
        time.sleep(5)
        assert not ended(pid)
    for _ in range(10):
        httpx.get(f"{server.url}/admin/version", headers=server.headers)
        time.sleep(0.5)
    assert not ended(pid)
    assert soon(lambda: ended(pid))
    assert not (home / "server.json").exists()


def test_refused_requests_and_probes_do_not_keep_it_up(home: Path) -> None:
    """Who asks whether it is up is no user, nor who asks without the password."""
    url, pid = joined(home, SHORT)

    def over() -> bool:
        try:
            httpx.get(f"{url}/admin/version")
            httpx.get(f"{url}/health")
        except httpx.HTTPError:
            pass
        return ended(pid)

    assert soon(over)


def test_a_killed_server_is_replaced(home: Path) -> None:
    """After a kill -9 the next command starts another."""
    _, pid = joined(home)
    os.kill(pid, signal.SIGKILL)
    assert soon(lambda: ended(pid))
    again = joined(home)
    assert again[1] != pid
    assert record.answers(again[0])


def test_the_server_of_a_killed_command_is_found_or_ends(settings: Settings, home: Path) -> None:
    """A command killed while its server starts leaves one that ``down`` stops; one without a record ends."""
    process = join(home)
    assert soon((home / "server.json").exists)
    process.kill()
    process.communicate()
    pid = pid_of(home)
    assert "background server (process" in down(settings)
    assert ended(pid)
    _, unrecorded = joined(home)
    (home / "server.json").unlink()
    assert soon(lambda: ended(unrecorded))


def test_commands_at_once_start_one_server(home: Path) -> None:
    """Four first commands at once use one server."""
    commands = [join(home) for _ in range(4)]
    urls = {command.communicate(timeout=120)[0] for command in commands}
    assert len(urls) == 1
    log = (home / "server.log").read_text()
    assert "address already in use" not in log


def test_a_server_on_another_port_of_another_version_or_password_is_replaced(home: Path, tmp_path: Path) -> None:
    """Nobody uses it, so ``up`` has it on its own port; it is also replaced where it would not let a client in."""
    _, pid = joined(home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with serving(home, port=port, idle_minutes=5, background=True) as server:
        assert server.url == f"http://127.0.0.1:{port}/api"
        assert ended(pid)
    (home / "auth_string").write_text("imagekeeper:another")
    url, pid = joined(home)
    assert httpx.get(f"{url}/admin/version", auth=("imagekeeper", "another")).status_code == 200


def test_without_idle_minutes_it_ends_with_the_command(home: Path) -> None:
    """0 is as it always was: nothing is left."""
    process = join(home, 0)
    process.communicate(timeout=120)
    assert not (home / "server.json").exists()
    assert process.returncode == 0
