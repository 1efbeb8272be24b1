"""A plan: the four steps in a transaction that is rolled back. Nothing changes and no bytes are moved."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import duckdb

from data.billing.quotes import LaunchCost, quotes
from data.lifecycle import action_log, approval, batches, outcomes
from data.lifecycle.approval import Consequence
from domain.actions import READING, WRITING
from flows.lifecycle.prepared_batch import PreparedBatch
from flows.lifecycle.steps import ExecutionContext, FileInspector, judge_in_rounds, record


def plan(prepared: PreparedBatch, context: ExecutionContext) -> list[dict[str, Any]]:
    """Return the planned result of each line; ``outcome`` is None, and only a launch that is allowed has a ``cost``."""
    with _planned(prepared, context) as (con, costs):
        return [
            line | {"outcome": None, "cost": costs.get(line["seq"])}
            for line in action_log.lines(con, prepared.batch_id)
        ]


def consequences(prepared: PreparedBatch, context: ExecutionContext) -> list[Consequence]:
    """Return what could not be undone if a batch were carried out now."""
    since = context.clock()
    with _planned(prepared, context) as (con, _):
        return approval.consequences(con, prepared.batch_id, since)


@contextmanager
def _planned(
    prepared: PreparedBatch, context: ExecutionContext
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[int, LaunchCost]]]:
    """Yield the warehouse with the batch carried out, and the cost of its launches by ``seq``; then roll back."""
    costs: dict[int, LaunchCost] = {}
    with suppress(_RolledBack), context.warehouse.writing() as con:
        moment = context.clock()
        # Without its content, which nothing reads before the rollback.
        batch = batches.begin(con, replace(prepared.record(moment), content=None))
        inspector = FileInspector(context.cloud, prepared.folder)
        for group in prepared.groups(batch.begun_at, moment, batches.finished_lines(con, batch.batch_id)):
            for _ in judge_in_rounds(con, prepared, group, inspector):
                outcomes.take_as_done(con, from_files=group.action in READING)
                if group.action in WRITING:
                    inspector.imagine(outcomes.exports(con))
                if group.action == "launch_server":
                    costs |= {cost.seq: cost for cost in quotes(con)}
                record(con, prepared, group, context)
        yield con, costs
        raise _RolledBack


class _RolledBack(Exception):  # noqa: N818 - no error: it makes the transaction roll back
    pass
