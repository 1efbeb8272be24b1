"""What there is to do: a batch, however it came, as groups of neighbours of one kind."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Protocol

import duckdb

from data.lifecycle.batches import BatchRecord
from data.lifecycle.requests import Request, load
from domain.actions import Batch
from flows.batches.yaml_files import batch_id_of, content_of, requests_of

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


@dataclass(frozen=True, slots=True)
class RequestGroup:
    """Requests that are at hand, one by one."""

    action: str
    requests: Sequence[Request]

    @property
    def size(self) -> int:
        """How many requests there are."""
        return len(self.requests)

    def load(self, con: duckdb.DuckDBPyConnection, start: int) -> None:
        """Put the requests from row ``start`` on into the table ``request``."""
        load(con, self.action, [one for one in self.requests if one.row >= start])


@dataclass(frozen=True)
class ActionBatch:
    """A batch that was written out, action by action."""

    batch: Batch
    source: str
    folder: Path

    @property
    def profile(self) -> str:
        """The batch's profile."""
        return self.batch.profile

    @cached_property
    def batch_id(self) -> str:
        """The batch's own id, or the one its content gives."""
        return self.batch.batch_id or batch_id_of(content_of(self.batch))

    @property
    def actions(self) -> set[str]:
        """Which actions it has."""
        return {action.action for action in self.batch.actions}

    def record(self, now: datetime) -> BatchRecord:
        """The batch with its content, so that it can be taken up again by its id."""
        lines = sum(len(getattr(action, "tenants", (None,))) for action in self.batch.actions)
        return BatchRecord(self.batch_id, self.source, self.profile, content_of(self.batch), lines, now)

    def groups(
        self, begun_at: datetime, now: datetime, finished: set[int], group_limit: GroupLimit = no_limit
    ) -> Iterator[RequestGroup]:
        """Runs of neighbours of one action, long ones in parts."""
        left = (one for one in requests_of(self.batch, self.batch_id, begun_at, now) if one.row not in finished)
        for action, run in groupby(left, key=lambda one: one.action):
            requests = list(run)
            step = group_limit(action) or len(requests)
            for first in range(0, len(requests), step):
                yield RequestGroup(action, requests[first : first + step])
