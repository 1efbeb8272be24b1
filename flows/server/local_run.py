"""Run a flow in the process of a command, recorded by our Prefect server or by the one in PREFECT_API_URL."""

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
from flows.server.prefect_environment import environment
from flows.server.prefect_server import serving
from flows.settings import Settings

RECORDING_S = 10.0
"""How long our server may take to record the last task runs after the flow has ended, in seconds."""


def run_batch(
    batch: str,
    arguments: dict[str, str | None],
    settings: Settings,
    on_progress: OnProgress,
    approve: str | None = None,
) -> Summary:
    """Carry out a batch as a flow run.

    Args:
        batch: the path or the id of the batch.
        arguments: the arguments of the flow besides the batch, as given on the command line.
        settings: the settings.
        on_progress: called with the requests and bytes that have been processed since the last call.
        approve: the reason of the user to approve a batch that cannot be undone.

    Raises:
        BatchError: if the batch needs an approval and has none; nothing was done.
        ServerError: if no Prefect server is available.
    """

    def import_flow() -> Any:
        from flows.apply import apply_actions, watcher
        from flows.runs.approval import granted

        watcher.set(on_progress)
        if approve is not None:
            granted.set(Approval(getpass.getuser(), approve))
        return apply_actions

    try:
        result = run_flow(import_flow, settings, batch=batch, **arguments)
    except Exception as error:
        from flows.runs.approval import ApprovalNeeded

        if isinstance(error, ApprovalNeeded):
            raise BatchError(f"{error}; nothing was done. To approve it, give the reason: --approve 'REASON'") from None
        raise
    from flows.apply import summary_of

    return summary_of(result)


def run_flow(import_flow: Callable[[], Any], settings: Settings, **parameters: Any) -> Any:
    """Run a flow in this process and return its result.

    Args:
        import_flow: imports and returns the flow. Prefect reads its settings when it is imported, so the environment
            must be complete before.
        settings: the settings.
        parameters: the parameters of the flow.

    Raises:
        ServerError: if no Prefect server is available.
    """
    private_folder(settings.prefect_home)
    os.environ.update(environment(settings.prefect_home))
    background = settings.server_idle_minutes > 0 and settings.prefect_api_url is None

    def import_meanwhile(server: Connection) -> None:
        # The import takes as long as the start of the server, so do both at the same time.
        os.environ.update(server.environment)
        import_flow()

    with serving(
        settings.prefect_home,
        settings.prefect_api_url,
        meanwhile=import_meanwhile,
        idle_minutes=settings.server_idle_minutes,
        background=background,
    ) as server:
        os.environ.update(server.environment)
        return asyncio.run(_run_and_wait(import_flow(), parameters, background=background))


async def _run_and_wait(flow: Any, parameters: dict[str, Any], *, background: bool) -> Any:
    """Run a flow and return its result, after the server has received its logs, events and task runs."""
    state = await flow(**parameters, return_state=True)
    await _flush_client()
    if not background:
        # a server that stops now would lose the task runs that it has not recorded yet
        await _wait_until_recorded(state.state_details.flow_run_id)
    return await state.aresult()


async def _flush_client() -> None:
    """Send the logs and events that Prefect's client has queued to the server."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler

    await APILogHandler.aflush()
    drained = EventsWorker.instance().drain()
    if not isinstance(drained, bool):
        await drained


async def _wait_until_recorded(flow_run_id: UUID) -> None:
    """Wait until every task run of a flow run is final on the server, which records task runs in batches."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    until = time.monotonic() + RECORDING_S
    async with get_client() as client:
        while time.monotonic() < until:
            runs = await client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id])))
            if all(run.state is not None and run.state.is_final() for run in runs):
                return
            await asyncio.sleep(0.1)
