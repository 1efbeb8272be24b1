"""The flow ``finish-batches``: runs that were killed go on, and batches left undone are brought to their end.

A batch knows which of its lines were carried out, so that taking it up again does nothing twice.
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
"""How long ago a batch must have begun: one that began just now is taken up by the run that began it."""

TRIES = 3
"""After how many ends by force a run stays as it is: what kills it each time is nothing that passes."""

SINCE = timedelta(days=7)
"""How old a run may be that goes on: what was wanted long ago may not be wanted now."""


class TakenUp(TypedDict):
    """What was found, and what became of it, for people."""

    what: str
    left: str
    became: str


@flow(name="finish-batches", flow_run_name="finish batches")
async def finish_batches() -> list[TakenUp]:
    """Has runs go on that were killed, and starts runs for batches of which nobody carries out the rest.

    Nothing is done twice. A run that was killed three times stays as it is, and so does a batch that a run could not
    bring further.
    """
    found = await _runs_that_go_on() + await _batches_to_finish()
    said = f"{len(found):,} taken up" if found else "nothing was left undone"
    get_run_logger().info("%s", said)
    if found:
        await acreate_markdown_artifact(key="finished", markdown=page_of(found), description=said)
    return found


def page_of(found: Sequence[TakenUp]) -> str:
    """What was taken up, in Markdown."""
    rows = ((one["what"], one["left"], one["became"]) for one in found)
    return f"## Left undone\n\n{table(('what', 'left', 'what was done'), rows)}"


async def _runs_that_go_on() -> list[TakenUp]:
    """Have runs go on that crashed: the same run, on the same page."""
    found: list[TakenUp] = []
    async with get_client() as client:
        for run in await _crashed(client):
            # not by run_count: a run may be killed before it counts as begun
            states = await client.read_flow_run_states(run.id)
            if sum(state.type == StateType.CRASHED for state in states) >= TRIES:
                get_run_logger().warning("%s was killed %d times, and stays as it is", run.name, TRIES)
                continue
            again: State[None] = Scheduled(message="It was killed; it goes on with what is left.")
            await client.set_flow_run_state(run.id, again, force=True)
            found.append(_row(run.name, "", "it goes on"))
    return found


async def _crashed(client: PrefectClient) -> list[FlowRun]:
    """The runs that somebody asked for and that crashed; what a schedule started, its next run makes up for.

    Only runs of our flows: a server may be shared.
    """
    since = datetime.now(UTC) - SINCE
    wanted = filters.FlowRunFilter(
        state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=[StateType.CRASHED])),
        deployment_id=filters.FlowRunFilterDeploymentId(is_null_=False),
        expected_start_time=filters.FlowRunFilterExpectedStartTime(after_=since),
    )
    ours = filters.FlowFilter(name=filters.FlowFilterName(any_=flow_names()))
    found = await client.read_flow_runs(flow_filter=ours, flow_run_filter=wanted)
    return [run for run in found if not run.auto_scheduled]


async def _batches_to_finish() -> list[TakenUp]:
    """Start a run for each batch that was begun and that nobody carries on."""
    here = settings()
    left = [one for one in await asyncio.to_thread(_unfinished) if not is_at_work(here.home.absolute(), one.batch_id)]
    return [taken for taken in [await _finish(one) for one in left] if taken is not None]


def _unfinished() -> list[Unfinished]:
    with warehouse_of(settings()).reading() as con:
        return batches.unfinished(con, datetime.now(UTC) - LEFT_ALONE)


async def _finish(one: Unfinished) -> TakenUp | None:
    """Start a run that brings a batch further; None where none can, or one was started that did not."""
    said = get_run_logger()
    try:
        # the key is the same until a line more is carried out: what makes no progress is not tried for ever
        run = await started({"batch": one.batch_id}, f"finish-{one.batch_id}-{one.lines}")
    except NotServedError as error:
        said.warning("nobody can finish %s: %s", one.batch_id, error)
        return None
    state = run.state
    if state is not None and state.is_final():
        said.warning("%s could not finish %s: %s", run.name, one.batch_id, state.message or state.name)
        return None
    left = f"{one.requests - one.lines:,} of {one.requests:,} lines"
    return _row(f"{one.batch_id} ({one.source})", left, f"the run {run.name} does the rest")


def _row(what: str, left: str, became: str) -> TakenUp:
    return {"what": what, "left": left, "became": became}
