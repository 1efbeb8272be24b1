"""The table ``batch``: batches that were started, and which of their lines are finished."""

from dataclasses import asdict, dataclass
from datetime import datetime

import duckdb

from data.warehouse.pipeline import rows, step


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A row of the table ``batch``."""

    batch_id: str
    source: str
    profile: str
    content: str | None
    requests: int
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A batch that was interrupted: ``requests`` is the number of its lines, ``lines`` how many were carried out."""

    batch_id: str
    source: str
    requests: int
    lines: int


def begin(con: duckdb.DuckDBPyConnection, batch: BatchRecord) -> BatchRecord:
    """Insert a batch, unless a row with its id exists. Return the row that the table then has."""
    known = find(con, batch.batch_id)
    if known is not None:
        return known
    con.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)", list(asdict(batch).values()))
    return batch


def find(con: duckdb.DuckDBPyConnection, batch_id: str) -> BatchRecord | None:
    """Return the batch with this id, or None if there is none."""
    rows = con.execute(
        "SELECT batch_id, source, profile, content, requests, begun_at FROM batch WHERE batch_id = ?", [batch_id]
    ).fetchall()
    return BatchRecord(*rows[0]) if rows else None


def unfinished(con: duckdb.DuckDBPyConnection, until: datetime) -> list[Unfinished]:
    """Return the batches that started before ``until`` and have lines that were never carried out, oldest first."""
    return [Unfinished(*row) for row in rows(con, "lifecycle/sql/log/unfinished", until=until)]


def finished_lines(con: duckdb.DuckDBPyConnection, batch_id: str) -> set[int]:
    """Return the lines of a batch that need no further work; ``data/lifecycle/sql/log/finished.sql`` defines them."""
    return {line for (line,) in rows(con, "lifecycle/sql/log/finished", batch_id=batch_id)}


def leave_out_finished(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Delete finished lines from the temporary table ``request``."""
    finished = step("lifecycle/sql/log/finished").query
    con.execute(f"DELETE FROM request WHERE row IN ({finished})", {"batch_id": batch_id})
