"""What a person must approve: the consequences of a batch that cannot be undone."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from data.warehouse.pipeline import rows
from domain.actions import IRREVERSIBLE


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's word on what cannot be undone: whose, why, and whether it may be done."""

    by: str
    reason: str
    granted: bool = True


@dataclass(frozen=True, slots=True)
class Consequence:
    """What an action of a batch would do that cannot be undone: to how many lines, images, and servers in use."""

    action: str
    lines: int
    images: int
    servers: int


def consequences(con: duckdb.DuckDBPyConnection, batch_id: str, since: datetime) -> list[Consequence]:
    """What of a batch that was planned on this connection, from ``since`` on, cannot be undone."""
    irreversible = [{"action": name, "servers": facts.servers.value} for name, facts in IRREVERSIBLE.items()]
    found = rows(con, "lifecycle/sql/log/consequences", batch_id=batch_id, since=since, irreversible=irreversible)
    return [Consequence(*row) for row in found]


def recorded_approval(con: duckdb.DuckDBPyConnection, batch_id: str) -> Approval | None:
    """Who agreed to a batch that was begun, where somebody had to."""
    found = rows(con, "lifecycle/sql/log/approval", batch_id=batch_id)
    return Approval(*found[0]) if found else None
