"""Runs a flow in this process, recorded by our Prefect server or the one that the environment names."""

import asyncio
import getpass
import os
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from data.access.private_folders import private_folder
from data.lifecycle.approval import Approval
from domain.batch import BatchError
from flows.lifecycle.steps import OnProgress, Summary
from flows.server.access import Connection
from flows.server.prefect_server import environment, serving
from flows.settings import Settings

RECORD_S = 10.0
"""How long our server may take, after the flow is done, to write down the last task runs."""


def run_here(
    batch: str, given: dict[str, str | None], settings: Settings, on_progress: OnProgress, approve: str | None = None
) -> Summary:
    """Carry out a batch as a flow run, and tell of progress while it works.

    ``approve`` is why what cannot be undone may be done, in the words of whoever runs this.

    Raises:
        BatchError: if somebody must approve it, and nobody has; nothing was done.
        ServerError: if no Prefect server can be had.
    """

    def found() -> Any:
        from flows.apply import apply_actions, watcher
        from flows.runs.approval import granted

        watcher.set(on_progress)
        if approve is not None:
            granted.set(Approval(getpass.getuser(), approve))
        return apply_actions

    try:
        plain = run_flow(found, settings, batch=batch, **given)
    except Exception as error:
        from flows.runs.approval import ApprovalNeeded

        if isinstance(error, ApprovalNeeded):
            raise BatchError(f"{error}; nothing was done. Say why it may be done: --approve 'the reason'") from None
        raise
    from flows.apply import summary_of

    return summary_of(plain)


def run_flow(found: Callable[[], Any], settings: Settings, **parameters: Any) -> Any:
    """Run a flow in this process; what it returns. ``found`` imports it: Prefect reads its settings when imported.

    Raises:
        ServerError: if no Prefect server can be had.
    """
    private_folder(settings.prefect_home)
    os.environ.update(environment(settings.prefect_home))
    stays = settings.server_idle_minutes > 0 and settings.prefect_api_url is None

    def imported(server: Connection) -> None:
        # while the server starts: it takes as long
        os.environ.update(server.environment)
        found()

    with serving(
        settings.prefect_home,
        settings.prefect_api_url,
        meanwhile=imported,
        idle_minutes=settings.server_idle_minutes,
        background=stays,
    ) as server:
        os.environ.update(server.environment)
        return asyncio.run(_run_and_wait(found(), parameters, stays=stays))


async def _run_and_wait(flow: Any, parameters: dict[str, Any], *, stays: bool) -> Any:
    """Run a flow; what it returns, once all that it told the server has arrived, and a server that ends has it."""
    state = await flow(**parameters, return_state=True)
    await _sent()
    if not stays:
        await _recorded(state.state_details.flow_run_id)
    return await state.aresult()


async def _sent() -> None:
    """Send the server the logs and events that Prefect's client collects."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler

    await APILogHandler.aflush()
    drained = EventsWorker.instance().drain()
    if not isinstance(drained, bool):
        await drained


async def _recorded(flow_run_id: UUID) -> None:
    """Wait until the server shows every task run of a flow run as finished: it writes them down in batches."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    until = time.monotonic() + RECORD_S
    async with get_client() as client:
        while time.monotonic() < until:
            runs = await client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id])))
            if all(run.state is not None and run.state.is_final() for run in runs):
                return
            await asyncio.sleep(0.1)
