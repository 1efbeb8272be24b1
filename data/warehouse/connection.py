"""Connections to the warehouse: one DuckDB file that many processes share.

DuckDB lets one process write to a file, and no other process can open the file meanwhile. So connections are short, and
every connection holds a readers-writer lock on a file beside the database. The lock is fair, and the operating system
releases it when a process dies.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from filelock import ReadWriteLock, Timeout

from data import reference
from data.access import readers
from data.access.private_folders import PRIVATE_FOLDER, private_folder
from domain.ids import MADE_ID_SQL

STORAGE_VERSION = "v1.5.0"
"""The storage format of the file. DuckDB 1.5 and later can open it."""


class WarehouseError(Exception):
    """The warehouse cannot be used. The message tells a person what is wrong and what to do."""


class WarehouseBusyError(WarehouseError):
    """Other processes held the lock for longer than the timeout. A later attempt may succeed."""


class Warehouse:
    """A DuckDB file and the lock beside it.

    Args:
        path: the file. The first connection creates it and its folder.
        timeout_s: how long to wait for the lock, in seconds.
        memory_limit: the memory that DuckDB may use before it spills to disk, such as ``3GiB``.
        readers_group: the group of accounts that may read the file besides its owner. ``""`` ends the access of the
            present group; None changes nothing.

    Raises:
        WarehouseError: if DuckDB cannot open a file with this path.
    """

    def __init__(
        self, path: Path, *, timeout_s: float = 60.0, memory_limit: str = "3GiB", readers_group: str | None = None
    ) -> None:
        refuse_path(path)
        self.path = path
        self.readers_group = readers_group
        self.timeout_s = timeout_s
        self.memory_limit = memory_limit
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._is_set_up = False
        self._elsewhere: TemporaryDirectory[str] | None = None

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the only connection, in a transaction. Commit when the block ends; roll back if it raises an error.

        Creates the file if it does not exist, applies new migrations, and updates the reference tables.

        Raises:
            WarehouseBusyError: if other processes hold the lock for longer than the timeout.
            WarehouseError: if the file cannot be opened.
        """
        private_folder(self.path.parent)
        self._share()
        with self._turn("write"), self._private_files(), self._connection(read_only=False) as con:
            if _version(con) != _newest():
                migrate(con)
            con.execute("BEGIN")
            try:
                reference.refresh(con)
                yield con
            except BaseException:
                # An error inside a statement has rolled back already; a second ROLLBACK then has nothing to do.
                with suppress(duckdb.Error):
                    con.execute("ROLLBACK")
                raise
            con.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a read-only connection. Other readers can be connected at the same time.

        Raises:
            WarehouseError: as for ``writing``.
        """
        with self._reader() as con:
            yield con

    @contextmanager
    def answering(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a read-only connection for SQL that people type: no access to files, the network or settings.

        Raises:
            WarehouseError: as for ``writing``.
        """
        # DuckDB cannot undo these settings, so this engine is not used again.
        with self._reader(once=True) as con:
            con.execute("SET enable_external_access = false; SET lock_configuration = true")
            yield con

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Hold the read lock without a connection, to copy the file. Readers can connect meanwhile; writers wait.

        The schema is up to date. Open the file only in another process, unless you open it with DuckDB: POSIX releases
        all locks that a process has on a file when any thread of that process closes the file.

        Raises:
            WarehouseError: as for ``writing``.
        """
        with self.reading():  # creates or migrates the file if needed
            pass
        with self._turn("read"):
            yield

    @contextmanager
    def _reader(self, *, once: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        with _explaining(self.path):
            exists = self.path.exists()
        if not exists:
            with self.writing():
                pass
        with self._turn("read"), self._connection(read_only=True, once=once) as con:
            if _version(con) == _newest():
                yield con
                return
        # A read-only connection cannot migrate. The read lock is released here: a process that waits for the write lock
        # while it holds the read lock waits for itself.
        with self.writing():
            pass
        with self._turn("read"), self._connection(read_only=True, once=once) as con:
            yield con

    @contextmanager
    def _turn(self, mode: str) -> Iterator[None]:
        holders = readers.folder_of(self.path)
        with _explaining(self.path):
            # Each turn has a lock object of its own (is_singleton=False): a shared one coordinates processes only, and
            # raises an error for a thread that should wait for another thread.
            lock = ReadWriteLock(readers.lock_of(self.path), timeout=self.timeout_s, is_singleton=False)
        try:
            proxy = lock.acquire_write() if mode == "write" else lock.acquire_read()
        except Timeout:
            raise WarehouseBusyError(
                f"{self.path} has been in use for {self.timeout_s:g} s by {_names(holders)};"
                " wait until that is done, or end it, and try again"
            ) from None
        try:
            with proxy, _sign(holders, mode):
                yield
        finally:
            lock.close()

    def _share(self) -> None:
        if self.readers_group is None or self._is_set_up:
            return
        if bool(self.readers_group) != readers.is_shared(self.path):
            # Sharing moves the lock to another file. Under the write lock, no process still uses the old one.
            with self._turn("write"):
                try:
                    readers.share(self.path, self.readers_group)
                except readers.NoSuchGroupError as error:
                    raise WarehouseError(str(error)) from None
        self._is_set_up = True

    @contextmanager
    def _private_files(self) -> Iterator[None]:
        """Create the database, and the files that DuckDB puts beside it, for the owner only; then set their modes."""
        try:
            with readers.owner_only():
                yield
        finally:
            readers.set_modes(self.path)

    def _config(self) -> dict[str, str | bool | int | float | list[str]]:
        # Set at the start of an engine: after its first spill, DuckDB refuses to set the folder, even to the same one.
        return {"memory_limit": self.memory_limit, "temp_directory": self._spill_folder()}

    def _spill_folder(self) -> str:
        """Return the folder for spilling: beside the file, or a temporary one if this account cannot write there."""
        if os.access(self.path.parent, os.W_OK):
            return f"{self.path}.tmp"
        self._elsewhere = self._elsewhere or TemporaryDirectory(prefix="imagekeeper")
        return self._elsewhere.name

    @contextmanager
    def _connection(self, *, read_only: bool, once: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """Attach the file to an engine and open a connection for the block. Its temporary tables end with it.

        To start DuckDB takes ten times as long as to open a file. So an engine is used again after a block without
        errors, unless it is for use ``once``.
        """
        engine = self._idle.pop() if self._idle else duckdb.connect(config=self._config())
        reusable = False
        try:
            mode = "READ_ONLY" if read_only else f"STORAGE_VERSION '{STORAGE_VERSION}'"
            try:
                engine.execute(f"ATTACH {_quoted(self.path)} AS wh ({mode})")
            except duckdb.Error as error:
                raise WarehouseError(f"{self.path} cannot be opened as a DuckDB warehouse: {error}") from None
            with engine.cursor() as con:
                con.execute("SET TimeZone = 'UTC'; USE wh")
                con.execute(MADE_ID_SQL)
                yield con
            if not once:
                engine.execute("DETACH wh")
                reusable = True
        finally:
            if reusable:
                self._idle.append(engine)
            else:
                engine.close()


def migrate(con: duckdb.DuckDBPyConnection) -> None:
    """Apply all new migrations in order, each in a transaction of its own.

    Raises:
        WarehouseError: if a migration was edited after it was applied, or the schema is newer than this version.
    """
    con.execute(
        "CREATE TABLE IF NOT EXISTS schema_version"
        " (version INTEGER NOT NULL, name VARCHAR NOT NULL, sha VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"
    )
    applied = dict(con.execute("SELECT version, sha FROM schema_version").fetchall())
    if newer := applied.keys() - {version for version, _, _ in migrations()}:
        raise WarehouseError(f"the warehouse has schema version {max(newer)}; update Imagekeeper to use it")
    for version, name, sql in migrations():
        sha = hashlib.sha256(sql.encode()).hexdigest()
        if version not in applied:
            con.execute("BEGIN")
            for statement in duckdb.extract_statements(sql):
                con.execute(statement)
            con.execute("INSERT INTO schema_version VALUES (?, ?, ?, ?)", [version, name, sha, datetime.now(UTC)])
            con.execute("COMMIT")
        elif applied[version] != sha:
            raise WarehouseError(f"migration {name} was edited after it was applied; add a new one instead")


@cache
def migrations() -> tuple[tuple[int, str, str], ...]:
    """Return the migrations in order: version, file name, SQL."""
    folder = resources.files("data.warehouse") / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple((int(file.name[:4]), file.name, file.read_text(encoding="utf-8")) for file in files)


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError:
        raise WarehouseError(
            f"{path} belongs to another account; its owner can let a group read it (IMAGEKEEPER_READERS_GROUP)"
        ) from None


def refuse_path(path: Path) -> None:
    """Raise an error for a path that DuckDB would read as another path.

    Raises:
        WarehouseError: if the path is not UTF-8, or contains a '?', with which DuckDB begins options.
    """
    if "?" in str(path) or str(path) != str(path).encode("utf-8", "replace").decode():
        raise WarehouseError(f"{path}: a path of a DuckDB file is UTF-8 and has no '?' in it; name another")


def _quoted(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _newest() -> int:
    return migrations()[-1][0]


def _version(con: duckdb.DuckDBPyConnection) -> int:
    try:
        rows = con.execute("SELECT max(version) FROM schema_version").fetchall()
    except duckdb.CatalogException:
        return 0
    return rows[0][0] or 0


@contextmanager
def _sign(holders: Path, mode: str) -> Iterator[None]:
    """Write a note about the holder of the lock, for the error message of a process whose wait times out."""
    holders.mkdir(PRIVATE_FOLDER, exist_ok=True)
    note = holders / f"{os.getpid()}-{time.monotonic_ns()}"
    holder = {"mode": mode, "since": datetime.now(UTC).isoformat(), "command": " ".join(sys.argv)}
    # A group may be able to write to this folder. O_EXCL creates a new file and never follows a link that another
    # account has put there.
    with os.fdopen(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as written:
        os.fchmod(written.fileno(), readers.READABLE)
        json.dump(holder, written)
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def _names(holders: Path) -> str:
    holders_found = []
    for note in sorted(holders.glob("[0-9]*-*")):
        pid = note.name.split("-")[0]
        if not Path("/proc").exists() or Path("/proc", pid).exists():
            with suppress(OSError, ValueError):
                holder = json.loads(note.read_text())
                holders_found.append(
                    f"process {pid} ({holder['command']}, to {holder['mode']} since {holder['since']})"
                )
        else:
            note.unlink(missing_ok=True)
    return "; ".join(holders_found) or "another process"
