"""Prefect's database is copied before another version of Prefect migrates it."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from flows.server import database_backup
from flows.server.database_backup import back_up


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a database that has one row, part of it still in the write-ahead log."""
    with closing(sqlite3.connect(tmp_path / "prefect.db")) as con:
        con.execute("PRAGMA journal_mode = WAL")
        con.execute("CREATE TABLE run (name TEXT)")
        con.execute("INSERT INTO run VALUES ('apply a.yaml')")
        con.commit()
    return tmp_path


def installed(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """Let this version of Prefect be installed."""
    monkeypatch.setattr(database_backup, "version", lambda _: version)


def test_a_database_of_an_earlier_version_is_copied_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if no version is noted; the copy is complete and private; the next start copies nothing."""
    installed(monkeypatch, "3.9.1")
    copy = back_up(home)
    assert copy == home / "prefect.db.before-3.9.1"
    with closing(sqlite3.connect(copy)) as con:
        assert con.execute("SELECT name FROM run").fetchall() == [("apply a.yaml",)]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert back_up(home) is None
    installed(monkeypatch, "3.10.0")
    assert back_up(home) == home / "prefect.db.before-3.10.0"


def test_a_new_home_has_nothing_to_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no database, only the version is noted."""
    installed(monkeypatch, "3.9.1")
    assert back_up(tmp_path) is None
    assert [file.name for file in tmp_path.iterdir()] == ["prefect_version"]
