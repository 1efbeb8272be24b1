"""What there is to do: a batch, however it came, as groups of neighbours of one kind."""

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
"""How many requests are judged together at most: DuckDB needs some kilobytes for each of them."""

GroupLimit = Callable[[str], int | None]
"""Tells how many requests of an action go at once, at most; None where all of a run of neighbours may."""


def no_limit(_action: str) -> None:
    """All of them: what is only judged is judged together."""


class Group(Protocol):
    """Neighbours of one action, to be judged and done together."""

    @property
    def action(self) -> str:
        """Which action it is."""
        ...

    @property
    def size(self) -> int:
        """How many requests there are, at most."""
        ...

    def load(self, con: duckdb.DuckDBPyConnection, start: int) -> None:
        """Put those from row ``start`` on into the temporary table ``request``."""
        ...


class PreparedBatch(Protocol):
    """A batch to be planned or applied."""

    @property
    def batch_id(self) -> str:
        """The batch's own id, or the one its content gives."""
        ...

    @property
    def profile(self) -> str:
        """The rule profile that judges."""
        ...

    @property
    def folder(self) -> Path:
        """The folder that files of the batch lie in."""
        ...

    @property
    def actions(self) -> set[str]:
        """Which actions it has."""
        ...

    def record(self, now: datetime) -> BatchRecord:
        """The batch as it is to be written down."""
        ...

    def groups(
        self, begun_at: datetime, now: datetime, finished: set[int], group_limit: GroupLimit = no_limit
    ) -> Iterator[Group]:
        """The groups that have something left to do, in order, none larger than ``at_once`` says."""
        ...


class _Requests:
    """The requests of a batch, made from its text when a group of them is loaded."""

    def __init__(self, batch: CompactBatch, batch_id: str, begun_at: datetime, now: datetime) -> None:
        self._batch = batch
        self._made = (batch_id, begun_at, now)
        self._last: tuple[range, list[Request]] = (range(0), [])

    def load(self, con: duckdb.DuckDBPyConnection, group: "RequestGroup", start: int) -> None:
        """Put the requests of a group from row ``start`` on into the table ``request``."""
        if self._last[0] != group.rows:
            made = requests_between(self._batch, *self._made, group.seqs, group.first_row)
            left = [one for one in made if one.row in group.rows and one.row not in group.finished]
            # kept for the next round of the same group: a group is often loaded several times in a row
            self._last = (group.rows, left)
        requests = self._last[1]
        load(con, group.action, requests[bisect_left(requests, start, key=lambda one: one.row) :])


@dataclass(frozen=True, slots=True)
class RequestGroup:
    """Neighbouring requests of a batch that was written out; they exist only while they are loaded."""

    action: str
    size: int
    rows: range
    seqs: range
    """The actions that the rows belong to."""
    first_row: int
    """The first row of the first of these actions."""
    finished: Collection[int] = field(repr=False)
    """Rows among these that need nothing more."""
    requests: _Requests = field(repr=False)

    def load(self, con: duckdb.DuckDBPyConnection, start: int) -> None:
        """Put the requests from row ``start`` on into the table ``request``."""
        self.requests.load(con, self, start)


@dataclass(frozen=True)
class ActionBatch:
    """A batch that was written out, action by action."""

    batch: Batch | CompactBatch
    source: str
    folder: Path

    @cached_property
    def compact(self) -> CompactBatch:
        """The batch as compact text."""
        return CompactBatch.of(self.batch) if isinstance(self.batch, Batch) else self.batch

    @property
    def profile(self) -> str:
        """The batch's profile."""
        return self.compact.head.profile

    @cached_property
    def batch_id(self) -> str:
        """The batch's own id, or the one its content gives."""
        return self.compact.head.batch_id or self.compact.hashed_id()

    @property
    def actions(self) -> set[str]:
        """Which actions it has."""
        return {action for action, _ in self.compact.actions.kinds()}

    def record(self, now: datetime) -> BatchRecord:
        """The batch with its content, so that it can be taken up again by its id."""
        lines = sum(lines for _, lines in self.compact.actions.kinds())
        return BatchRecord(self.batch_id, self.source, self.profile, self.compact.content(), lines, now)

    def groups(
        self, begun_at: datetime, now: datetime, finished: set[int], group_limit: GroupLimit = no_limit
    ) -> Iterator[RequestGroup]:
        """Runs of neighbours of one action, long ones in parts."""
        requests = _Requests(self.compact, self.batch_id, begun_at, now)
        for action, run in groupby(_left(self.compact, finished), key=lambda line: line.action):
            most = min(group_limit(action) or MOST_AT_ONCE, MOST_AT_ONCE)
            while lines := list(islice(run, most)):
                first, last = lines[0], lines[-1]
                rows, seqs = range(first.row, last.row + 1), range(first.seq, last.seq + 1)
                yield RequestGroup(action, len(lines), rows, seqs, first.first_row, finished, requests)


class _Line(NamedTuple):
    """A line that has something left to do."""

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
