"""The table ``batch``: batches that were begun, and which of their lines need nothing more."""

from dataclasses import asdict, dataclass
from datetime import datetime

import duckdb

from data.warehouse.pipeline import rows, step


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch as the warehouse knows it."""

    batch_id: str
    source: str
    profile: str
    content: str | None
    requests: int
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A batch that was begun and not brought to its end: how many lines it has, and how many were carried out."""

    batch_id: str
    source: str
    requests: int
    lines: int


def begin(con: duckdb.DuckDBPyConnection, batch: BatchRecord) -> BatchRecord:
    """Write a batch down, unless it is known; the batch as it was first written down."""
    known = find(con, batch.batch_id)
    if known is not None:
        return known
    con.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)", list(asdict(batch).values()))
    return batch


def find(con: duckdb.DuckDBPyConnection, batch_id: str) -> BatchRecord | None:
    """A batch by its id."""
    rows = con.execute(
        "SELECT batch_id, source, profile, content, requests, begun_at FROM batch WHERE batch_id = ?", [batch_id]
    ).fetchall()
    return BatchRecord(*rows[0]) if rows else None


def unfinished(con: duckdb.DuckDBPyConnection, until: datetime) -> list[Unfinished]:
    """The batches begun before ``until`` of which some lines were never carried out, the oldest first."""
    return [Unfinished(*row) for row in rows(con, "lifecycle/sql/log/unfinished", until=until)]


def finished_lines(con: duckdb.DuckDBPyConnection, batch_id: str) -> set[int]:
    """The lines of a batch that need nothing more; ``data/lifecycle/sql/log/finished.sql`` says which those are."""
    return {line for (line,) in rows(con, "lifecycle/sql/log/finished", batch_id=batch_id)}


def leave_out_finished(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Take the lines that are settled by now out of the temporary table ``request``."""
    finished = step("lifecycle/sql/log/finished").query
    con.execute(f"DELETE FROM request WHERE row IN ({finished})", {"batch_id": batch_id})
