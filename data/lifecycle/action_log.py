"""The action log: one row for each request, with its verdict and outcome. Recording a batch also updates the tables."""

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
"""The columns that ``lines`` returns."""

SLICE = 10_000
"""The number of lines of a batch that one query reads."""


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
    """Apply the effects of all ``done`` requests to the tables, and append every request to the action log.

    Reads the temporary tables of the batch: ``request``, ``verdict``, ``denial``, ``done`` and ``failure``.

    Args:
        con: a connection in a transaction.
        action: the action of all these requests.
        batch_id: the batch that the requests belong to.
        flow_run_id: the id of the Prefect flow run, or None outside a flow.
        finished_at: the time of the record, UTC.
        approval: the approval of the batch, or None if it needed none.
        manages_images: whether the cloud manages images itself (``Cloud.manages_images``).
    """
    model = MODELS[action]
    if manages_images and model.creates == "image":
        # A sync may have recorded the new image before this action does. Move what refers to that row to the new id,
        # then delete the row: the effects of the action insert the image.
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
    """Return the lines of a batch in order, with the columns of ``LINE``. A retried line has its latest state.

    Reads ``SLICE`` lines at a time: sorting the wide rows of a large batch at once takes hundreds of megabytes.

    Args:
        con: a connection to the warehouse.
        batch_id: the batch.
        limit: the maximum number of lines, or None for all.
    """
    query = step("lifecycle/sql/log/lines").query
    last = con.execute("SELECT coalesce(max(line), 0) FROM action_log WHERE batch_id = ?", [batch_id]).fetchall()[0][0]
    slices = (
        records(con, query, {"batch_id": batch_id, "first": first, "last": first + SLICE - 1})
        for first in range(1, last + 1, SLICE)
    )
    return islice((line for one in slices for line in _shared(one)), limit)


def _shared(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Replace equal texts by one object, to save memory: the lines of a batch repeat the same few texts."""
    texts: dict[Any, Any] = {}
    for row in rows:
        for name, value in row.items():
            if isinstance(value, str):
                row[name] = texts.setdefault(value, value)
            elif isinstance(value, list):
                row[name] = texts.setdefault(tuple(value), value)
        yield row


def counts(con: duckdb.DuckDBPyConnection, batch_id: str) -> dict[str, int]:
    """Return the number of lines of a batch by state: ``done``, ``denied`` or ``failed``."""
    return dict(rows(con, "lifecycle/sql/log/counts", batch_id=batch_id))


def by_action(con: duckdb.DuckDBPyConnection, batch_id: str) -> list[tuple[Any, ...]]:
    """Return one row for each action of a batch: action, number of lines, and how many were done, denied and failed."""
    return rows(con, "lifecycle/sql/log/by_action", batch_id=batch_id)


def denials(con: duckdb.DuckDBPyConnection, batch_id: str, most: int) -> list[tuple[Any, ...]]:
    """Return one row for each rule that denied lines: number of lines, first seq, action, rule, reason, remedy.

    Returns at most ``most`` rows.
    """
    return rows(con, "lifecycle/sql/log/denials", batch_id=batch_id, most=most)


def failures(con: duckdb.DuckDBPyConnection, batch_id: str, most: int) -> list[tuple[Any, ...]]:
    """Return one row for each error of lines that failed and did not succeed later: lines, first seq, action, error.

    Returns at most ``most`` rows.
    """
    return rows(con, "lifecycle/sql/log/failures", batch_id=batch_id, most=most)


def withdrawn(con: duckdb.DuckDBPyConnection, batch_id: str) -> list[str]:
    """Return the offers that a batch withdrew, as the batch refers to them."""
    offers = con.execute(
        "SELECT DISTINCT request ->> '$.offer' FROM action_log WHERE batch_id = ? AND action = 'withdraw_image'"
        " AND outcome = 'done' ORDER BY 1",
        [batch_id],
    ).fetchall()
    return [offer for (offer,) in offers]
