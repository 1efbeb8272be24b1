"""The snapshot: a published copy of the warehouse for other tools, which then take no lock on the warehouse.

The copy has a view for each report.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import duckdb

from data.access.private_folders import put_in_place
from data.access.readers import BESIDE, READABLE, folder_of, is_shared, owner_only
from data.warehouse import report_views
from data.warehouse.connection import Warehouse, WarehouseError, refuse_path

OURS = {"action_log", "image", "rule", "schema_version"}
"""Tables that every warehouse has. A file without them is not a snapshot, so it is never replaced."""
COPY = "import os, shutil, sys; [shutil.copyfile(a, b) for a, b in zip(*[iter(sys.argv[1:])] * 2) if os.path.exists(a)]"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A published copy of the warehouse: its path, its size in bytes, and the time of its data (UTC)."""

    path: Path
    size_bytes: int
    taken_at: datetime


def publish(warehouse: Warehouse, target: Path) -> Snapshot:
    """Copy the warehouse, and replace the previous snapshot atomically.

    A tool that has the previous snapshot open continues to read that one. During the copy, writers wait and readers do
    not. Only the owner can read the snapshot, or also the group that may read the warehouse. A snapshot that replaces
    another one keeps its mode and group.

    Raises:
        WarehouseError: if the warehouse cannot be used now, or the snapshot cannot be written to ``target``. An error
            leaves the file at ``target`` unchanged.
    """
    try:
        target = target.resolve()
        refuse_path(target)
        _check(target, warehouse.path.resolve())
        with _passing(target) as copy:
            with warehouse.standing():
                taken_at = datetime.now(UTC)
                _copy(warehouse.path, copy)
            _make_whole(copy)
            for end in BESIDE:
                Path(f"{target}{end}").unlink(missing_ok=True)
            _put_in_place(copy, target, warehouse.path)
    except OSError as error:
        raise WarehouseError(f"{target} cannot be written: {error.strerror}") from None
    return Snapshot(target, target.stat().st_size, taken_at)


def _check(target: Path, warehouse: Path) -> None:
    if target == warehouse or (target.exists() and warehouse.exists() and target.samefile(warehouse)):
        raise WarehouseError(f"{target} is the warehouse itself; its copy needs another name")
    if not target.parent.is_dir() and target.parent != warehouse.parent:
        raise WarehouseError(f"there is no folder {target.parent} for {target.name}; make it, or name another")
    if target.is_dir():
        raise WarehouseError(f"{target} is a folder; name a file in it")
    if target.exists() and not _is_ours(target):
        raise WarehouseError(f"{target} is no copy of a warehouse, and is left as it is; name another file")


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        if file.read(12)[8:] != b"DUCK":
            return False
    try:
        return _tables(path) >= OURS
    except duckdb.Error:  # another program has it open for writing and holds DuckDB's lock; a copy has no lock
        with _passing(path) as copy:
            _copy(path, copy)
            return _tables(copy) >= OURS


def _tables(path: Path) -> set[str]:
    with duckdb.connect(path, read_only=True) as con:
        return {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}


def _copy(source: Path, copy: Path) -> None:
    """Copy a database in another process, for the reason in ``Warehouse.standing``."""
    files = [f"{path}{end}" for end in ("", *BESIDE) for path in (source, copy)]
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-I", "-c", COPY, *files], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise WarehouseError(f"{source} cannot be copied: {done.stderr.strip().splitlines()[-1]}")


def _make_whole(copy: Path) -> None:
    """Add the views of the reports, write the WAL into the copy (CHECKPOINT), and flush the copy to disk."""
    with duckdb.connect(copy) as con:
        report_views.make(con)
        con.execute("CHECKPOINT")
    with copy.open("rb+") as file:
        os.fsync(file.fileno())


def _put_in_place(copy: Path, target: Path, warehouse: Path) -> None:
    if is_shared(warehouse):
        os.chown(copy, -1, folder_of(warehouse).stat().st_gid)
        put_in_place(copy, target, READABLE)
    else:
        put_in_place(copy, target)


@contextmanager
def _passing(target: Path) -> Iterator[Path]:
    """Return a temporary path beside the target, so that a rename replaces it. Delete the files when the block ends."""
    path = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        with owner_only():
            yield path
    finally:
        for end in ("", *BESIDE):
            Path(f"{path}{end}").unlink(missing_ok=True)
