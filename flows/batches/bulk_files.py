"""Bulk batches: CSV and Parquet files with one action."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from data.access.private_copy import PrivateCopy
from data.bulk.check import check
from data.bulk.files import BulkFile
from data.bulk.load import load_bulk, named_files
from data.lifecycle.batches import BatchRecord
from domain.actions import READING, WRITING
from domain.batch import Flaw, flawed
from flows.batches.arguments import head_of
from flows.batches.named_files import file_at
from flows.batches.yaml_files import import_folder, is_folder, is_there, is_url
from flows.clouds.inside_folder import inside
from flows.lifecycle.prepared_batch import GroupLimit, no_limit


@dataclass(frozen=True, slots=True)
class BulkGroup:
    """Consecutive lines of a bulk file."""

    bulk: BulkFile
    batch_id: str
    begun_at: datetime
    now: datetime
    rows: range

    @property
    def action(self) -> str:
        """The action of the file."""
        return self.bulk.action

    @property
    def size(self) -> int:
        """The number of lines, finished ones included."""
        return len(self.rows)

    def load(self, con: duckdb.DuckDBPyConnection, start: int) -> None:
        """Put the lines from row ``start`` on into the table ``request``."""
        rows = range(max(start, self.rows.start), self.rows.stop)
        load_bulk(con, self.bulk, batch_id=self.batch_id, begun_at=self.begun_at, now=self.now, rows=rows)


@dataclass(frozen=True)
class BulkBatch:
    """A bulk file that ``read_bulk`` has checked."""

    bulk: BulkFile
    lines: int
    folder: Path
    profile: str
    batch_id: str
    content: str = field(repr=False)

    @property
    def actions(self) -> set[str]:
        """The action of the file."""
        return {self.bulk.action}

    def record(self, now: datetime) -> BatchRecord:
        """Return the record of the batch: where its file is and how to read it, not its rows."""
        return BatchRecord(self.batch_id, str(self.bulk.path), self.profile, self.content, self.lines, now)

    def groups(
        self, begun_at: datetime, now: datetime, finished: set[int], group_limit: GroupLimit = no_limit
    ) -> Iterator[BulkGroup]:
        """Yield all lines as one group, or groups of as many lines as ``group_limit`` allows."""
        step = group_limit(self.bulk.action) or self.lines
        for first in range(1, self.lines + 1, step):
            rows = range(first, min(first + step, self.lines + 1))
            if len(finished) < self.lines and not (step < self.lines and finished.issuperset(rows)):
                yield BulkGroup(self.bulk, self.batch_id, begun_at, now, rows)


def read_bulk(
    path: Path,
    action: str,
    *,
    actor: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    batch_id: str | None = None,
    folder: Path | None = None,
) -> BulkBatch:
    """Read and check a CSV or Parquet file of one action.

    Raises:
        BatchError: if it cannot be read or is not valid.
    """
    head = head_of(action, actor=actor, region=region, profile=profile, batch_id=batch_id)
    bulk = BulkFile(path.absolute(), _copied(path), action, head.actor, head.region)
    home = import_folder(path, folder)
    with duckdb.connect(config={"memory_limit": "2GiB"}) as con:
        con.execute("SET TimeZone = 'UTC'")
        bulk, lines = check(con, bulk)
        flaws = [flaw for row, name in named_files(con, bulk) for flaw in _stray(action, home, row, name)]
    if flaws:
        raise flawed(path, flaws)
    head_values = {"kind": action, "actor": head.actor, "region": head.region, "profile": head.profile}
    content = json.dumps(head_values | {"sha256": bulk.copy.sha256}, sort_keys=True)
    made_of = head.batch_id or hashlib.sha256(content.encode()).hexdigest()[:32]
    return BulkBatch(bulk, lines, home, head.profile, made_of, content)


def _copied(path: Path) -> PrivateCopy:
    with file_at(path) as file:
        try:
            return PrivateCopy(file)
        except OSError as error:
            raise flawed(path, [Flaw(None, "", f"cannot be read: {error.strerror}")]) from None


def _stray(action: str, home: Path, row: int, name: str) -> Iterator[Flaw]:
    file = inside(home, name)
    if action in READING and is_url(name):
        return
    if file is None:
        yield Flaw(row, "file", f"'{name}' is outside the import folder {home}")
    elif action in READING and not is_there(file):
        yield Flaw(row, "file", f"there is no file '{name}' in {home}")
    elif action in WRITING and is_folder(file):
        yield Flaw(row, "file", f"'{name}' is a folder")
