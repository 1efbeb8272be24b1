"""Approvals: the irreversible consequences of a batch, and the person who approved them."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from data.warehouse.pipeline import rows
from domain.actions import IRREVERSIBLE


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's answer to a batch that cannot be undone: who answered, the reason, and whether it was granted."""

    by: str
    reason: str
    granted: bool = True


@dataclass(frozen=True, slots=True)
class Consequence:
    """What one irreversible action of a batch affects: numbers of lines, images, and servers in use."""

    action: str
    lines: int
    images: int
    servers: int


def consequences(con: duckdb.DuckDBPyConnection, batch_id: str, since: datetime) -> list[Consequence]:
    """Return the irreversible consequences of a batch, one for each action.

    Plan the batch on this connection first. ``since`` is the time when that plan started: log rows before it do not
    count.
    """
    irreversible = [{"action": name, "servers": facts.servers.value} for name, facts in IRREVERSIBLE.items()]
    found = rows(con, "lifecycle/sql/log/consequences", batch_id=batch_id, since=since, irreversible=irreversible)
    return [Consequence(*row) for row in found]


def recorded_approval(con: duckdb.DuckDBPyConnection, batch_id: str) -> Approval | None:
    """Return the recorded approval of a batch, or None if none is recorded."""
    found = rows(con, "lifecycle/sql/log/approval", batch_id=batch_id)
    return Approval(*found[0]) if found else None
