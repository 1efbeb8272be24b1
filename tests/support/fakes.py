"""What tests put in place of the world: a cloud that only remembers, a clock that is set, a warehouse in memory."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from unittest.mock import patch

import duckdb

from data import reference
from data.warehouse.connection import Warehouse, migrate
from domain.cloud import (
    CopyBytes,
    ExportFile,
    Failed,
    FetchFile,
    FileFacts,
    FolderFile,
    Held,
    ImportFile,
    InUse,
    Order,
    Progress,
    Release,
    Stored,
)
from domain.ids import MADE_ID_SQL
from domain.policy import profiles
from domain.policy.engine import Limit, Value

GB = 2**30
BEGINNING = datetime(2026, 6, 1, 8, tzinfo=UTC)
FILES = {
    "disk.raw": FileFacts(True, 3 * GB, "raw", 3 * GB, None),
    "disk.qcow2": FileFacts(True, 1 * GB, "qcow2", 2 * GB, None),
    "boot.iso": FileFacts(True, 1 * GB, "iso", 1 * GB, None),
    "trap.qcow2": FileFacts(True, 1 * GB, "qcow2", 2 * GB, "it names a backing file"),
    "odd.bin": FileFacts(True, 1 * GB, None, None, None),
}
"""The files of the import folder: two that are fine, an ISO, one that is unsafe, one that nobody can read."""

TABLES = (
    *("image", "image_member", "offer", "price", "contract", "credit", "charge"),
    *("server", "server_span", "volume", "backup", "batch", "action_log", "inventory_sync", "inventory_change"),
)
"""What a warehouse in memory remembers and recalls."""


class Clock:
    """Says the time that was set."""

    def __init__(self) -> None:
        self.now = BEGINNING

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def pass_by(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


class FakeCloud:
    """Remembers every order and stores nothing. What is in ``broken`` (file names, blobs) cannot be carried out."""

    def __init__(self, files: Mapping[str, FileFacts] = FILES) -> None:
        self.files = dict(files)
        self.blobs: dict[str, FileFacts] = {}
        self.broken: set[str] = set()
        self.orders: list[Order] = []
        self.settled = 0
        self.held: list[Held] = []

    name = "local"
    manages_images = False

    def cannot(self, action: str, region: str) -> str | None:
        """Nothing is too much for it."""

    def cannot_do(self, order: Order) -> str | None:
        """Nor is any order."""

    def inspect_file(self, file: FolderFile) -> FileFacts:
        """What the file of that name is."""
        return self.files.get(Path(file.name).name, FileFacts(found=False))

    def inspect_url(self, url: str) -> FileFacts:
        """What the file of that name is, which nobody has put there."""
        return self.files.get(url, FileFacts(found=False))

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Stored | Failed]:
        """Answer each order in turn."""
        for order in orders:
            self.orders.append(order)
            progress(1)
            yield self._answer(order)

    def clean_up(self, in_use: InUse) -> Collection[str]:
        """Count how often it was asked; nothing is in doubt."""
        self.settled += 1
        return ()

    def listing(self) -> Iterator[Held]:
        """What ``held`` says is stored."""
        yield from self.held

    def _answer(self, order: Order) -> Stored | Failed:
        match order:
            case ImportFile(row, file, expected, region, key):
                name = Path(file.name).name
                return self._stored(row, name, f"{region}/{name}/{key}", expected)
            case CopyBytes(row, source, region, key):
                return self._stored(row, source.blob, f"{region}/{source.blob}/{key}", self.blobs[source.blob])
            case ExportFile(row, source, file):
                name = Path(file.name).name
                if name not in self.broken:
                    self.files[name] = self.blobs[source.blob]
                return self._stored(row, name, source.blob, self.blobs[source.blob])
            case FetchFile(row, url, expected, region, key):
                return self._stored(row, url, f"{region}/{url}/{key}", expected)
            case Release(row, _, blob):
                return Stored(row, blob, "", 0)

    def _stored(self, row: int, named: str, content: str, facts: FileFacts) -> Stored | Failed:
        if named in self.broken:
            return Failed(row, f"{named} is broken")
        checksum = hashlib.sha256(content.encode()).hexdigest()
        self.blobs[checksum[:12]] = facts
        return Stored(row, checksum[:12], checksum, facts.size_bytes or 0, facts.virtual_size_bytes, facts.disk_format)


class StandingWarehouse(Warehouse):
    """A warehouse in memory that stays open, for many small examples: a connection a turn, as the real one has."""

    def __init__(self) -> None:
        super().__init__(Path("memory"))
        self._base = duckdb.connect()
        self._base.execute("SET TimeZone = 'UTC'; SET threads = 1")
        migrate(self._base)
        reference.refresh(self._base)
        self.remember()

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection in a transaction, as the real one."""
        with self._turn_of_one() as con:
            con.execute("BEGIN")
            try:
                yield con
            except BaseException:
                con.execute("ROLLBACK")
                raise
            con.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection whose changes are not kept."""
        with self._turn_of_one() as con:
            con.execute("BEGIN")
            try:
                yield con
            finally:
                con.execute("ROLLBACK")

    def remember(self) -> None:
        """Take what is there now for the state to come back to."""
        for table in TABLES:
            self._base.execute(f"CREATE OR REPLACE TABLE remembered_{table} AS FROM {table}")

    def recall(self) -> None:
        """Forget what was asked and done since ``remember``, or all of it; flavors and rules stay."""
        for table in TABLES:
            self._base.execute(f"DELETE FROM {table}")
            self._base.execute(f"INSERT INTO {table} FROM remembered_{table}")

    def close(self) -> None:
        """Let go of the memory."""
        self._base.close()

    @contextmanager
    def _turn_of_one(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._base.cursor() as con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(MADE_ID_SQL)
            yield con


@contextmanager
def numbers(**changed: Value) -> Iterator[None]:
    """Within this, every profile has these numbers and switches instead of its own."""
    said = {name: Limit(name, value, date(2026, 1, 1), "a test") for name, value in changed.items()}
    real = cache(profiles.limits)
    with patch.object(profiles, "limits", lambda profile: real(profile) | said):
        yield
