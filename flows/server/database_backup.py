"""A copy of Prefect's database before a newer Prefect migrates it, which cannot be undone."""

import os
import sqlite3
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path

from data.access.private_folders import PRIVATE_FILE

DATABASE = "prefect.db"
MARKER = "prefect_version"
"""The file that names the version of Prefect that used the database last."""


def back_up(home: Path) -> Path | None:
    """Copy Prefect's database if another version of Prefect used it last; return the path of the copy.

    An older Prefect cannot open a database that a newer one has migrated. To go back, stop the server, install the old
    version, and put the copy in the place of ``prefect.db``. Call this while no server of the home runs.

    Args:
        home: the folder with the database.

    Returns:
        The copy, or None if there is no database, or the same version used it last.
    """
    installed, database, marker = version("prefect"), home / DATABASE, home / MARKER
    before = "unknown"
    with suppress(FileNotFoundError):
        before = marker.read_text(encoding="utf-8").strip()
    copy = None
    if database.exists() and before != installed:
        copy = home / f"{DATABASE}.before-{installed}"
        _copy(database, copy)
    if before != installed:
        _write(marker, f"{installed}\n")
    return copy


def _copy(database: Path, copy: Path) -> None:
    """Copy a database with SQLite's backup, which includes what is still in its write-ahead log."""
    draft = copy.with_name(f"{copy.name}.new")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(draft)) as target:
        source.backup(target)
    draft.replace(copy)


def _write(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "w", encoding="utf-8") as out:
        out.write(text)
