"""The flow ``apply-actions``: a batch, judged, carried out and recorded, a task a chunk."""

import asyncio
from contextlib import nullcontext
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict
from uuid import UUID

from prefect import flow, get_run_logger, task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.concurrency.asyncio import concurrency
from prefect.runtime import flow_run
from prefect.utilities.annotations import quote

from data.warehouse.connection import WarehouseBusyError
from domain.batch import MOST_SHOWN
from domain.cloud import CloudError
from domain.vocabulary import visible
from flows.lifecycle import steps
from flows.lifecycle.active_batches import at_work
from flows.lifecycle.prepared_batch import PreparedBatch
from flows.lifecycle.steps import Chunk, ExecutionContext, OnProgress, Summary, no_progress
from flows.resources import execution_context, prepare_batch
from flows.runs import approval, events
from flows.runs.dask_dispatch import dispatched_to_dask
from flows.runs.progress import Progress
from flows.runs.run_page import Outcome, outcome_of
from flows.server.report_server import reports_url
from flows.settings import settings

PAUSES_S = (1.0, 5.0, 25.0)
"""The pauses before a chunk is retried, in seconds, after an error that may pass."""

CLOUD = "imagekeeper-{cloud}"
"""The concurrency limit of the runs that call one cloud; ``imagekeeper up`` sets it."""

APPROVAL_REQUESTED = "it was asked that a person agree"
"""The reason of a run with ``ask``. It is part of the key of the question, so suspended runs need it unchanged."""

LEASE_S = 60
"""After how long the slot of a killed run is free again, in seconds; Prefect allows no less."""

watcher: ContextVar[OnProgress] = ContextVar("watcher", default=no_progress)
"""Receives progress if the flow runs in the process of a command."""


class Done(TypedDict):
    """The result of a batch: lines done, denied and failed, and lines that were finished before this run."""

    batch_id: str
    done: int
    denied: int
    failed: int
    already: int
    exit_code: int


def _run_name() -> str:
    return f"apply {visible(Path(flow_run.parameters['batch']).name)[:MOST_SHOWN]}"


@flow(name="apply-actions", flow_run_name=_run_name, validate_parameters=True)
async def apply_actions(
    batch: str,
    kind: str | None = None,
    actor: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    batch_id: str | None = None,
    ask: bool = False,
) -> Done:
    """Carry out a batch of actions in order. A batch that was applied before is finished, not repeated.

    Args:
        batch: The path of a batch file (YAML, JSON, CSV or Parquet), or the id of a batch that was begun before.
        kind: The action, for CSV and Parquet.
        actor: The tenant that acts, for CSV and Parquet without that column.
        region: The region, for CSV and Parquet without that column.
        profile: The rule profile, instead of the batch's own.
        batch_id: An id for the batch, instead of the hash of its content.
        ask: Wait for approval even if the batch is small.
    """
    prepared = prepare_batch(
        batch, settings(), kind=kind, actor=actor, region=region, profile=profile, batch_id=batch_id
    )
    return await carry_out(prepared, ask=APPROVAL_REQUESTED if ask else None)


async def carry_out(prepared: PreparedBatch, *, ask: str | None = None, may_wait: bool = True) -> Done:
    """Carry out a batch inside a flow run, write the run's page, and return the summary as plain data.

    A large batch that cannot be undone, or one with a reason to ``ask``, waits for approval first. If a person refuses
    it, its lines are recorded as denied.

    Raises:
        ApprovalNeeded: if the batch needs approval and this run cannot wait for it, or not ``may_wait``; nothing was
            done.
    """
    context = execution_context(settings(), flow_run_id=flow_run.id, on_progress=watcher.get())
    pending_question = await asyncio.to_thread(approval.question, prepared, context, ask)
    if pending_question is not None:
        word = await approval.answer(pending_question, prepared, settings().approval_hours, may_wait=may_wait)
        context = replace(context, approval=word)
        if not word.granted:
            await asyncio.to_thread(steps.refuse, prepared, context, word)
    with at_work(settings().home.absolute(), prepared.batch_id):
        already = await _chunk_by_chunk(prepared, context)
    outcome = await asyncio.to_thread(outcome_of, prepared, context, already, reports_url(settings()))
    await _tell(outcome)
    return _plain(outcome.summary)


async def _chunk_by_chunk(prepared: PreparedBatch, context: ExecutionContext) -> int:
    """Carry out what is left of a batch; return the number of lines that were finished before."""
    chunks, already = await asyncio.to_thread(steps.begin, prepared, context)
    progress = Progress(sum(chunk.size for chunk in chunks)) if len(chunks) > 1 else None
    with dispatched_to_dask(context, settings()) as dispatching:
        for number, chunk in enumerate(chunks, start=1):
            name = f"chunk {number} of {len(chunks)}, {chunk.size:,} requests"
            named: Any = carry_out_chunk.with_options(task_run_name=name)
            limit = CLOUD.format(cloud=settings().cloud)
            async with concurrency(limit, lease_duration=LEASE_S) if chunk.calls(context.cloud) else nullcontext():
                # Quoted, so that Prefect does not search every request for futures.
                await named(quote(prepared), quote(chunk), quote(dispatching))
            if progress is not None:
                await progress.add(chunk.size)
    return already


async def _tell(outcome: Outcome) -> None:
    """Write the run's page, put the result into its log and name, and emit events."""
    summary = outcome.summary
    get_run_logger().info("%s", outcome.sentence)
    pages = [acreate_markdown_artifact(key="batch", markdown=outcome.page, description=outcome.sentence)]
    if outcome.denials:
        text = "Denials by rule, with remedies."
        pages.append(acreate_table_artifact(key="denials", table=outcome.denials, description=text))
    await asyncio.gather(*pages)
    if flow_run.id is not None:
        async with get_client() as client:
            await client.update_flow_run(UUID(flow_run.id), name=f"{flow_run.name} · {outcome.in_short}")
    if summary.denied >= events.BURST:
        about, text = f"batch.{summary.batch_id}", f"{summary.denied:,} requests were denied: {outcome.sentence}"
        events.tell("denial-burst", about, text, denied=summary.denied, reasons=outcome.denials)
    for offer in outcome.withdrawn:
        text = f"the offer {offer} was withdrawn"
        events.tell("offer-withdrawn", f"offer.{offer}", text, batch_id=summary.batch_id)


async def _may_heal(_task: Any, _run: Any, state: Any) -> bool:
    """Return whether an error may pass: another process held the warehouse, or a cloud did not answer."""
    try:
        await state.aresult()
    except (WarehouseBusyError, CloudError):
        return True
    except Exception:  # noqa: BLE001 - any other error would be raised again
        return False
    return False


@task(
    name="carry-out-chunk",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=len(PAUSES_S),
    retry_delay_seconds=list(PAUSES_S),
    retry_jitter_factor=0.5,
    retry_condition_fn=_may_heal,
)
async def carry_out_chunk(prepared: PreparedBatch, chunk: Chunk, context: ExecutionContext) -> None:
    """Gather, judge, act and record the requests of a chunk."""
    await asyncio.to_thread(steps.carry_out, prepared, chunk, context)


def _plain(summary: Summary) -> Done:
    return {
        "batch_id": summary.batch_id,
        "done": summary.done,
        "denied": summary.denied,
        "failed": summary.failed,
        "already": summary.already,
        "exit_code": summary.exit_code,
    }


def summary_of(plain: Done) -> Summary:
    """Return the summary in the plain data that the flow returns."""
    return Summary(plain["batch_id"], plain["done"], plain["denied"], plain["failed"], plain["already"])
