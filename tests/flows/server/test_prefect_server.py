"""A Prefect server of our own: shared while somebody uses it, gone when nobody does."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from filelock import ReadWriteLock

from flows.cli.doctor import examine
from flows.server.access import ServerError
from flows.server.prefect_server import serving, stop_unused
from flows.server.record import answers, unguarded
from flows.settings import Settings

SERVE = """
import sys, time
from pathlib import Path
from flows.server.prefect_server import serving
print("starts", flush=True)
with serving(Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def home(tmp_path: Path, prefect_database: Path) -> Path:
    """A home with a database, so that the server need not make one."""
    shutil.copy(prefect_database, tmp_path / "prefect.db")
    return tmp_path


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return b"Z" not in Path(f"/proc/{pid}/stat").read_bytes().rsplit(b")", 1)[1][:3]


def test_the_last_to_leave_stops_it(home: Path) -> None:
    """A second user joins the server that runs, wherever that is; it is stopped only when both have left."""
    with serving(home) as first:
        pid = json.loads((home / "server.json").read_text())["pid"]
        with serving(home, port=4200) as second:
            assert second == first
        assert _alive(pid)
    assert not _alive(pid)
    assert not (home / "server.json").exists()


def test_the_server_of_a_killed_user_is_used_and_stopped_by_the_next(home: Path) -> None:
    """A kill -9 leaves the server running; whoever comes next uses it, and stops it."""
    user = subprocess.Popen([sys.executable, "-c", SERVE, home], stdout=subprocess.PIPE, text=True)
    assert user.stdout is not None
    with user, user.stdout as told:
        told.readline()
        url = told.readline().strip()
        user.kill()
    pid = json.loads((home / "server.json").read_text())["pid"]
    with serving(home) as again:
        assert again.url == url
    assert not _alive(pid)


def test_giving_up_while_it_starts_leaves_nothing_running(home: Path) -> None:
    """Ctrl-C while the server starts stops it too."""
    user = subprocess.Popen(
        [sys.executable, "-c", SERVE, home], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert user.stdout is not None
    with user, user.stdout as told:
        told.readline()
        while not (home / "server.json").exists():
            time.sleep(0.01)
        time.sleep(0.2)
        pid = json.loads((home / "server.json").read_text())["pid"]
        user.send_signal(signal.SIGINT)
    assert not _alive(pid)


def test_a_given_server_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    """Who names a server gets that one, or is told that it does not answer."""
    with (
        pytest.raises(ServerError, match="no Prefect server answers at PREFECT_API_URL"),
        serving(tmp_path, "http://127.0.0.1:9/api"),
    ):
        pass


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """Somebody else's port is named, with what to do; nothing is started."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(ServerError, match=rf"port {port} is in use.* imagekeeper up --port {port + 1}"),
            serving(tmp_path, port=port),
        ):
            pass
    assert not (tmp_path / "server.json").exists()


def test_a_database_of_another_version(tmp_path: Path) -> None:
    """Which file it is, what it holds, and the two ways out; the file is as it was."""
    database = tmp_path / "prefect.db"
    with closing(sqlite3.connect(database)) as con, con:
        con.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        con.execute("INSERT INTO alembic_version VALUES ('of2030')")
    with pytest.raises(ServerError) as error, serving(tmp_path):
        pass
    message = str(error.value)
    for part in (str(database), "another version of Prefect", "only the history of runs", "that version", "mv "):
        assert part in message
    with closing(sqlite3.connect(database)) as con:
        assert con.execute("SELECT version_num FROM alembic_version").fetchall() == [("of2030",)]


def test_a_stranger_with_the_same_number_is_left_alone(tmp_path: Path) -> None:
    """After a crash the process that is written down may be another by now: it is not ended."""
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    try:
        written = {"url": "http://127.0.0.1:9/api", "pid": stranger.pid}
        (tmp_path / "server.json").write_text(json.dumps(written))
        assert not stop_unused(tmp_path)
        assert not (tmp_path / "server.json").exists()
        assert stranger.poll() is None
    finally:
        stranger.communicate()


EARLIER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
HTTPServer(("127.0.0.1", int(sys.argv[-1])), Answers).serve_forever()
"""
"""Answers as a server without a password does; what follows makes its command line that of an earlier version's."""


@pytest.fixture
def earlier(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that an earlier version left running in the home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-c", EARLIER, *words], start_new_session=True, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}/api"
    (home / "server.json").write_text(json.dumps({"url": url, "pid": process.pid}))
    until = time.monotonic() + 30
    while not answers(url) and time.monotonic() < until:
        time.sleep(0.05)
    yield process
    process.kill()
    process.wait()


def test_a_server_without_a_password_is_replaced(home: Path, earlier: subprocess.Popen[bytes]) -> None:
    """One that an earlier version left, and that nobody uses, is stopped; the new one asks for a password."""
    with serving(home) as server:
        assert earlier.wait(10) is not None
        assert httpx.get(f"{server.url}/admin/version").status_code == 401
        assert httpx.get(f"{server.url}/admin/version", headers=server.headers).status_code == 200


def test_a_server_without_a_password_that_others_use_is_not_joined(
    home: Path, earlier: subprocess.Popen[bytes]
) -> None:
    """Who keeps it up is an earlier version; the message says how to stop it. Nothing is sent to it."""
    lock = ReadWriteLock(str(home / "server.lock"), is_singleton=False)
    with closing(lock), lock.acquire_read():
        with pytest.raises(ServerError, match=rf"process {earlier.pid}.*no password.*imagekeeper down"), serving(home):
            pass
        url = json.loads((home / "server.json").read_text())["url"]
        for named in (url, url.replace("127.0.0.1", "localhost"), f"{url}/"):
            with pytest.raises(ServerError, match="no password"), serving(home, named):
                pass
        assert earlier.poll() is None


def test_down_stops_a_server_of_an_earlier_version(home: Path, earlier: subprocess.Popen[bytes]) -> None:
    """It is known by its command line, though servers have another one now; doctor names it before."""
    (home / "var").mkdir()
    (home / "var" / "prefect").symlink_to(home)
    checks = {check.subject: check for check in examine(Settings(home=home / "var"))}
    server = checks["Prefect's server"]
    assert not server.ok
    assert f"process {earlier.pid}" in server.message
    assert "imagekeeper down" in server.message
    assert stop_unused(home)
    assert earlier.wait(10) is not None
    assert unguarded(home) is None


def test_a_given_server_that_asks_for_another_password(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names a server and has no password, or a wrong one, is told the setting and where the password is."""
    with serving(home) as server:
        monkeypatch.delenv("PREFECT_API_AUTH_STRING", raising=False)
        other = home / "other"
        other.mkdir()
        with (
            pytest.raises(ServerError, match="requires a password: set PREFECT_API_AUTH_STRING"),
            serving(other, server.url),
        ):
            pass
        monkeypatch.setenv("PREFECT_API_AUTH_STRING", "imagekeeper:wrong")
        with pytest.raises(ServerError, match="does not accept the password"), serving(other, server.url):
            pass
        monkeypatch.setenv("PREFECT_API_AUTH_STRING", str(server.auth_string))
        with serving(other, server.url) as given:
            assert given == server
        # its own server needs no setting
        monkeypatch.delenv("PREFECT_API_AUTH_STRING")
        with serving(home, server.url) as given:
            assert given == server
