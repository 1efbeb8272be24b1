"""What a person must approve: the consequences of a batch that cannot be undone."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from data.warehouse.sql_files import statement
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
    irreversible = [{"action": name, "servers": said.servers.value} for name, said in IRREVERSIBLE.items()]
    rows = con.execute(
        statement("lifecycle/sql/log", "consequences") or "",
        {"batch_id": batch_id, "since": since, "irreversible": irreversible},
    ).fetchall()
    return [Consequence(*row) for row in rows]


def recorded_approval(con: duckdb.DuckDBPyConnection, batch_id: str) -> Approval | None:
    """Who agreed to a batch that was begun, where somebody had to."""
    rows = con.execute(statement("lifecycle/sql/log", "approval") or "", {"batch_id": batch_id}).fetchall()
    return Approval(*rows[0]) if rows else None
