"""The flow ``finish-batches``: resumes runs that were killed, and starts runs for unfinished batches.

The action log records which lines of a batch were carried out, so a resumed batch does nothing twice.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from prefect import flow, get_run_logger
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas import filters
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Scheduled

from data.lifecycle import batches
from data.lifecycle.batches import Unfinished
from flows.lifecycle.active_batches import is_at_work
from flows.resources import warehouse_of
from flows.runs.batch_runs import NotServedError, started
from flows.runs.deployments import flow_names
from flows.runs.markdown import table
from flows.settings import settings

LEFT_ALONE = timedelta(minutes=10)
"""The least age of an unfinished batch: a younger one may still belong to the run that began it."""

TRIES = 3
"""The number of crashes after which a run is not resumed: its cause does not go away by itself."""

SINCE = timedelta(days=7)
"""The greatest age of a run that is resumed: an older request may no longer be wanted."""


class TakenUp(TypedDict):
    """A run or batch that was resumed: what it is, what was left, and what was done, for people."""

    what: str
    left: str
    became: str


@flow(name="finish-batches", flow_run_name="finish batches")
async def finish_batches() -> list[TakenUp]:
    """Resumes runs that were killed, and starts runs for batches that no run carries out.

    Nothing is done twice. A run that was killed three times is not resumed, nor is a batch that the last run could not
    advance.
    """
    found = await _runs_that_go_on() + await _batches_to_finish()
    summary = f"{len(found):,} resumed" if found else "nothing is unfinished"
    get_run_logger().info("%s", summary)
    if found:
        await acreate_markdown_artifact(key="finished", markdown=page_of(found), description=summary)
    return found


def page_of(found: Sequence[TakenUp]) -> str:
    """Return the resumed runs and batches in Markdown."""
    rows = ((one["what"], one["left"], one["became"]) for one in found)
    return f"## Unfinished runs and batches\n\n{table(('what', 'left', 'what was done'), rows)}"


async def _runs_that_go_on() -> list[TakenUp]:
    """Resume the runs that crashed: the same run, on the same page."""
    found: list[TakenUp] = []
    async with get_client() as client:
        for run in await _crashed(client):
            # Not run_count: a run that is killed early does not increase it.
            states = await client.read_flow_run_states(run.id)
            if sum(state.type == StateType.CRASHED for state in states) >= TRIES:
                get_run_logger().warning("%s was killed %d times and is not resumed", run.name, TRIES)
                continue
            again: State[None] = Scheduled(message="Resumed after it was killed.")
            await client.set_flow_run_state(run.id, again, force=True)
            found.append(_row(run.name, "", "resumed"))
    return found


async def _crashed(client: PrefectClient) -> list[FlowRun]:
    """Return the crashed runs of our flows that a person started; the next scheduled run replaces a scheduled one.

    The server may be shared, so runs of other flows are left out.
    """
    since = datetime.now(UTC) - SINCE
    run_filter = filters.FlowRunFilter(
        state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=[StateType.CRASHED])),
        deployment_id=filters.FlowRunFilterDeploymentId(is_null_=False),
        expected_start_time=filters.FlowRunFilterExpectedStartTime(after_=since),
    )
    ours = filters.FlowFilter(name=filters.FlowFilterName(any_=flow_names()))
    found = await client.read_flow_runs(flow_filter=ours, flow_run_filter=run_filter)
    return [run for run in found if not run.auto_scheduled]


async def _batches_to_finish() -> list[TakenUp]:
    """Start a run for each batch that was begun and that no process carries out."""
    here = settings()
    left = [one for one in await asyncio.to_thread(_unfinished) if not is_at_work(here.home.absolute(), one.batch_id)]
    return [taken for taken in [await _finish(one) for one in left] if taken is not None]


def _unfinished() -> list[Unfinished]:
    with warehouse_of(settings()).reading() as con:
        return batches.unfinished(con, datetime.now(UTC) - LEFT_ALONE)


async def _finish(one: Unfinished) -> TakenUp | None:
    """Start a run that continues a batch; None if no server serves runs, or the last such run did not advance it."""
    logger = get_run_logger()
    try:
        # The key changes only when another line was carried out, so a batch without progress is not tried forever.
        run = await started({"batch": one.batch_id}, f"finish-{one.batch_id}-{one.lines}")
    except NotServedError as error:
        logger.warning("no run can finish %s: %s", one.batch_id, error)
        return None
    state = run.state
    if state is not None and state.is_final():
        logger.warning("%s could not finish %s: %s", run.name, one.batch_id, state.message or state.name)
        return None
    left = f"{one.requests - one.lines:,} of {one.requests:,} lines"
    return _row(f"{one.batch_id} ({one.source})", left, f"the run {run.name} carries out the rest")


def _row(what: str, left: str, became: str) -> TakenUp:
    return {"what": what, "left": left, "became": became}
