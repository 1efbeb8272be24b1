"""A batch that is ready to be planned or applied: groups of consecutive requests of one action, from any format."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple, Protocol

import duckdb

from data.lifecycle.batches import BatchRecord
from data.lifecycle.requests import Request, load
from domain.actions import Batch
from flows.batches.compact_batch import CompactBatch
from flows.batches.yaml_files import requests_between

MOST_AT_ONCE = 10_000
"""The most requests that are judged together: DuckDB needs some kilobytes for each."""

GroupLimit = Callable[[str], int | None]
"""Returns the most requests of an action in one group; None for no limit."""


def no_limit(_action: str) -> None:
    """Return None: the default, for requests that are only judged."""


class Group(Protocol):
    """Consecutive requests of one action, which are judged and carried out together."""

    @property
    def action(self) -> str:
        """Return the action of the requests."""
        ...

    @property
    def size(self) -> int:
        """Return the number of requests; some of them may be finished."""
        ...

    def load(self, con: duckdb.DuckDBPyConnection, start: int) -> None:
        """Load the requests from row ``start`` on into the temporary table ``request``."""
        ...


class PreparedBatch(Protocol):
    """A batch that is ready to be planned or applied."""

    @property
    def batch_id(self) -> str:
        """Return the batch id that the batch states, or the hash of its content."""
        ...

    @property
    def profile(self) -> str:
        """Return the name of the profile."""
        ...

    @property
    def folder(self) -> Path:
        """Return the import folder of the batch."""
        ...

    @property
    def actions(self) -> set[str]:
        """Return the names of the actions in the batch."""
        ...

    def record(self, now: datetime) -> BatchRecord:
        """Return the record of the batch for the warehouse."""
        ...

    def groups(
        self, begun_at: datetime, now: datetime, finished: set[int], group_limit: GroupLimit = no_limit
    ) -> Iterator[Group]:
        """Yield the groups with unfinished requests, in order, none larger than ``group_limit`` allows."""
        ...


class _Requests:
    """The requests of a batch, which are created from its text when a group is loaded."""

    def __init__(self, batch: CompactBatch, batch_id: str, begun_at: datetime, now: datetime) -> None:
        self._batch = batch
        self._made = (batch_id, begun_at, now)
        self._last: tuple[range, list[Request]] = (range(0), [])

    def load(self, con: duckdb.DuckDBPyConnection, group: "RequestGroup", start: int) -> None:
        """Load the requests of a group from row ``start`` on into the table ``request``."""
        if self._last[0] != group.rows:
            made = requests_between(self._batch, *self._made, group.seqs, group.first_row)
            left = [one for one in made if one.row in group.rows and one.row not in group.finished]
            # Cached, because each round of a group loads it again.
            self._last = (group.rows, left)
        requests = self._last[1]
        load(con, group.action, requests[bisect_left(requests, start, key=lambda one: one.row) :])


@dataclass(frozen=True, slots=True)
class RequestGroup:
    """Consecutive requests of an action batch. They are created only when they are loaded, to save memory."""

    action: str
    size: int
    rows: range
    seqs: range
    """The positions of the actions of these rows, from 1."""
    first_row: int
    """The first row of the first of these actions."""
    finished: Collection[int] = field(repr=False)
    """Finished rows, which are not loaded."""
    requests: _Requests = field(repr=False)

    def load(self, con: duckdb.DuckDBPyConnection, start: int) -> None:
        """Load the unfinished requests from row ``start`` on into the table ``request``."""
        self.requests.load(con, self, start)


@dataclass(frozen=True)
class ActionBatch:
    """A batch that lists its actions, from YAML, JSON or a form."""

    batch: Batch | CompactBatch
    source: str
    folder: Path

    @cached_property
    def compact(self) -> CompactBatch:
        """Return the batch as compact text."""
        return CompactBatch.of(self.batch) if isinstance(self.batch, Batch) else self.batch

    @property
    def profile(self) -> str:
        """Return the name of the profile."""
        return self.compact.head.profile

    @cached_property
    def batch_id(self) -> str:
        """Return the batch id that the batch states, or the hash of its content."""
        return self.compact.head.batch_id or self.compact.hashed_id()

    @property
    def actions(self) -> set[str]:
        """Return the names of the actions in the batch."""
        return {action for action, _ in self.compact.actions.kinds()}

    def record(self, now: datetime) -> BatchRecord:
        """Return the record of the batch with its content, so that it can be resumed by its id."""
        lines = sum(lines for _, lines in self.compact.actions.kinds())
        return BatchRecord(self.batch_id, self.source, self.profile, self.compact.content(), lines, now)

    def groups(
        self, begun_at: datetime, now: datetime, finished: set[int], group_limit: GroupLimit = no_limit
    ) -> Iterator[RequestGroup]:
        """Yield consecutive unfinished requests of one action, split by ``group_limit``."""
        requests = _Requests(self.compact, self.batch_id, begun_at, now)
        for action, run in groupby(_left(self.compact, finished), key=lambda line: line.action):
            most = min(group_limit(action) or MOST_AT_ONCE, MOST_AT_ONCE)
            while lines := list(islice(run, most)):
                first, last = lines[0], lines[-1]
                rows, seqs = range(first.row, last.row + 1), range(first.seq, last.seq + 1)
                yield RequestGroup(action, len(lines), rows, seqs, first.first_row, finished, requests)


class _Line(NamedTuple):
    """An unfinished line."""

    action: str
    row: int
    seq: int
    first_row: int
    """The first row of its action."""


def _left(batch: CompactBatch, finished: Collection[int]) -> Iterator[_Line]:
    row = 1
    for seq, (action, lines) in enumerate(batch.actions.kinds(), start=1):
        yield from (_Line(action, line, seq, row) for line in range(row, row + lines) if line not in finished)
        row += lines
