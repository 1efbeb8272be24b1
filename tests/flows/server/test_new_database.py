"""The database that is made for a new home: Prefect's own, made faster."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from flows.server.new_database import make_database
from flows.server.prefect_environment import environment

BY_PREFECT = """
import asyncio
from prefect.server.database import provide_database_interface
async def main():
    await provide_database_interface().create_db()
asyncio.run(main())
"""
BY_US = """
import os
from pathlib import Path
from flows.server.new_database import make_database
make_database(Path(os.environ["PREFECT_HOME"]))
"""


def run(program: str, home: Path) -> None:
    """Run a program with the settings of a server of a home."""
    home.mkdir(exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    command = [sys.executable, "-W", "error::UserWarning:flows", "-c", program]
    subprocess.run(command, env=inherited | environment(home), check=True, timeout=120)


def content(home: Path) -> dict[str, object]:
    """The tables, indexes and versions of a database; the order of constraints in a table differs each time."""
    with closing(sqlite3.connect(home / "prefect.db")) as con:
        schema = {
            f"{kind} {name}": sorted(line.strip(" ,\t") for line in (sql or "").splitlines())
            for kind, name, sql in con.execute("SELECT type, name, sql FROM sqlite_master")
        }
        tables = [name.removeprefix("table ") for name in schema if name.startswith("table ")]
        rows = {f"rows of {table}": con.execute(f'SELECT count(*) FROM "{table}"').fetchall() for table in tables}
        version = con.execute("SELECT * FROM alembic_version").fetchall()
        return schema | rows | {"version": version, "mode": con.execute("PRAGMA journal_mode").fetchall()}


def test_it_is_the_database_that_prefect_makes(tmp_path: Path) -> None:
    """Tables, indexes, rows and version are the same, the file is private, and Prefect then changes nothing."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    run(BY_US, ours)
    run(BY_PREFECT, theirs)
    made = content(ours)
    assert made == content(theirs)
    assert (ours / "prefect.db").stat().st_mode & 0o077 == 0
    assert not (ours / "prefect.db.new").exists()
    run(BY_PREFECT, ours)
    assert content(ours) == made


def test_a_database_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """Whatever it is, Prefect deals with it."""
    (tmp_path / "prefect.db").write_bytes(b"something")
    make_database(tmp_path)
    assert (tmp_path / "prefect.db").read_bytes() == b"something"


def test_what_goes_wrong_leaves_the_work_to_prefect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of Prefect may have other internals: a warning goes to the log, and no file is left."""

    def fails(_: Path) -> None:
        raise ImportError("no such thing")

    monkeypatch.setattr("flows.server.new_database._migrate", fails)
    with pytest.warns(UserWarning, match="Prefect creates its database itself: no such thing"):
        make_database(tmp_path)
    assert list(tmp_path.iterdir()) == []
