"""The action log: every request with its verdict and outcome, and what was done, in the tables."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import duckdb

from data.lifecycle.approval import Approval
from data.warehouse.rows import records
from data.warehouse.sql_files import statement, statements
from domain.actions import MODELS

LINE = ("seq", "action", "image", "tenant", "verdict", "denied_by", "because", "remedy", "outcome", "error")
"""What is told of each line of a batch."""

SLICE = 10_000
"""How many lines of a batch are read at once."""


def record(
    con: duckdb.DuckDBPyConnection,
    action: str,
    *,
    batch_id: str,
    flow_run_id: str | None,
    finished_at: datetime,
    approval: Approval | None = None,
    cloud: str = "local",
) -> None:
    """Write verdicts and outcomes into the log, and what was done into the holdings."""
    for query in statements("lifecycle/sql/effects", action):
        con.execute(query)
    if cloud != "local" and MODELS[action].creates == "image":
        con.execute(
            "UPDATE image SET cloud = ? WHERE image_id IN (SELECT r.new_id FROM done JOIN request AS r USING (row))",
            [cloud],
        )
    con.execute(
        _append(action),
        {
            "batch_id": batch_id,
            "flow_run_id": flow_run_id,
            "action": action,
            "now": finished_at,
            "approved_by": None if approval is None else approval.by,
            "approval_reason": None if approval is None else approval.reason,
        },
    )


def lines(con: duckdb.DuckDBPyConnection, batch_id: str, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """The lines of a batch in order, each as it stands last, with the columns of ``LINE``; ``limit`` of them at most.

    They are read in slices: sorting the wide rows of a large batch at once would take hundreds of megabytes.
    """
    query = statement("lifecycle/sql/log", "lines") or ""
    last = con.execute("SELECT coalesce(max(line), 0) FROM action_log WHERE batch_id = ?", [batch_id]).fetchall()[0][0]
    slices = (
        records(con, query, {"batch_id": batch_id, "first": first, "last": first + SLICE - 1})
        for first in range(1, last + 1, SLICE)
    )
    return islice((line for one in slices for line in _shared(one)), limit)


def _shared(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows in which equal texts are one object: the lines of a batch say the same few things again and again."""
    texts: dict[Any, Any] = {}
    for row in rows:
        for name, value in row.items():
            if isinstance(value, str):
                row[name] = texts.setdefault(value, value)
            elif isinstance(value, list):
                row[name] = texts.setdefault(tuple(value), value)
        yield row


def counts(con: duckdb.DuckDBPyConnection, batch_id: str) -> dict[str, int]:
    """How many lines of a batch were done, denied, or failed."""
    rows = con.sql(statement("lifecycle/sql/log", "counts") or "", params={"batch_id": batch_id}).fetchall()
    return dict(rows)


def by_action(con: duckdb.DuckDBPyConnection, batch_id: str) -> list[tuple[Any, ...]]:
    """What became of a batch, by action: lines, and how many of them were done, denied, failed."""
    return con.execute(statement("lifecycle/sql/log", "by_action") or "", {"batch_id": batch_id}).fetchall()


def denials(con: duckdb.DuckDBPyConnection, batch_id: str, most: int) -> list[tuple[Any, ...]]:
    """What was denied, by rule: lines, first seq, action, rule, reason, way out."""
    return con.execute(statement("lifecycle/sql/log", "denials") or "", {"batch_id": batch_id, "most": most}).fetchall()


def failures(con: duckdb.DuckDBPyConnection, batch_id: str, most: int) -> list[tuple[Any, ...]]:
    """What failed and was not done since: lines, first seq, action, error."""
    return con.execute(
        statement("lifecycle/sql/log", "failures") or "", {"batch_id": batch_id, "most": most}
    ).fetchall()


def withdrawn(con: duckdb.DuckDBPyConnection, batch_id: str) -> list[str]:
    """The offers that a batch took off the shelf, as it named them."""
    rows = con.execute(
        "SELECT DISTINCT request ->> '$.offer' FROM action_log WHERE batch_id = ? AND action = 'withdraw_image'"
        " AND outcome = 'done' ORDER BY 1",
        [batch_id],
    ).fetchall()
    return [offer for (offer,) in rows]


def _append(action: str) -> str:
    """The statement that appends to the log: a line's image is what it makes, or what it points at has."""
    model = MODELS[action]
    joins, image = "", "NULL"
    if model.references:
        thing = model.references[0]
        joins, image = f" LEFT JOIN resolved_{thing} AS m ON r.row = m.row", "m.image_id"
        if thing != "image":
            joins, image = f"{joins} LEFT JOIN {thing} AS t ON m.{thing}_id = t.{thing}_id", "t.image_id"
    if model.creates == "image":
        image = f"CASE WHEN v.objections = 0 THEN r.new_id ELSE {image} END"
    return (statement("lifecycle/sql/log", "append") or "").replace("__image__", image) + joins
