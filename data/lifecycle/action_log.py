"""The action log: every request with its verdict and outcome, and what was done, in the tables."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import duckdb

from data.lifecycle import action_steps
from data.lifecycle.approval import Approval
from data.warehouse.pipeline import rows, run, step
from data.warehouse.rows import records
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
    manages_images: bool = False,
) -> None:
    """Record the verdicts and outcomes in the log, and what was done in the tables of images, shares and servers.

    At a cloud that ``manages_images``, a sync may have recorded a new image already; this record replaces that one.
    """
    model = MODELS[action]
    if manages_images and model.creates == "image":
        run(con, *(step(f"lifecycle/sql/log/adopt/{name}") for name in ("changes", "shares", "image")))
    run(con, *action_steps.effects(action))
    subject = model.references[0] if model.references else "nothing"
    run(
        con,
        step(f"lifecycle/sql/log/line_image/{subject}"),
        step("lifecycle/sql/log/append"),
        batch_id=batch_id,
        flow_run_id=flow_run_id,
        action=action,
        creates_image=model.creates == "image",
        now=finished_at,
        approved_by=None if approval is None else approval.by,
        approval_reason=None if approval is None else approval.reason,
    )


def lines(con: duckdb.DuckDBPyConnection, batch_id: str, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """The lines of a batch in order, each as it stands last, with the columns of ``LINE``; ``limit`` of them at most.

    They are read in slices: sorting the wide rows of a large batch at once would take hundreds of megabytes.
    """
    query = step("lifecycle/sql/log/lines").query
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
    return dict(rows(con, "lifecycle/sql/log/counts", batch_id=batch_id))


def by_action(con: duckdb.DuckDBPyConnection, batch_id: str) -> list[tuple[Any, ...]]:
    """What became of a batch, by action: lines, and how many of them were done, denied, failed."""
    return rows(con, "lifecycle/sql/log/by_action", batch_id=batch_id)


def denials(con: duckdb.DuckDBPyConnection, batch_id: str, most: int) -> list[tuple[Any, ...]]:
    """What was denied, by rule: lines, first seq, action, rule, reason, way out."""
    return rows(con, "lifecycle/sql/log/denials", batch_id=batch_id, most=most)


def failures(con: duckdb.DuckDBPyConnection, batch_id: str, most: int) -> list[tuple[Any, ...]]:
    """What failed and was not done since: lines, first seq, action, error."""
    return rows(con, "lifecycle/sql/log/failures", batch_id=batch_id, most=most)


def withdrawn(con: duckdb.DuckDBPyConnection, batch_id: str) -> list[str]:
    """The offers that a batch took off the shelf, as it named them."""
    offers = con.execute(
        "SELECT DISTINCT request ->> '$.offer' FROM action_log WHERE batch_id = ? AND action = 'withdraw_image'"
        " AND outcome = 'done' ORDER BY 1",
        [batch_id],
    ).fetchall()
    return [offer for (offer,) in offers]
