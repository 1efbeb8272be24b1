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
from contextlib import closing
from pathlib import Path

import pytest

from flows.prefect_server import ServerError, serving, stop_unused

SERVE = """
import sys, time
from pathlib import Path
from flows.prefect_server import serving
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
            pytest.raises(ServerError, match=rf"port {port} is taken .* imagekeeper up --port {port + 1}"),
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
    for part in (str(database), "another version of Prefect", "history of runs only", "Install that version", "mv "):
        assert part in str(error.value)
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
