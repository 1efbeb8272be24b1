"""The process of ``imagekeeper up`` that runs deployments, on schedules and when people start them."""

import asyncio
import os
import signal
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from prefect.client.orchestration import PrefectClient, get_client
from prefect.context import AsyncClientContext
from prefect.runner import Runner

from flows.apply import CLOUD
from flows.runs.automations import FINISH, NoSuchBlockError, automate
from flows.runs.deployments import deployments
from flows.server.access import SETTING, Connection
from flows.server.lost_runs import end_lost, forget_missed
from flows.settings import settings

LIMIT = 4
"""The most simultaneous flow runs: with SQLite, Prefect's server rejects more that start at the same time."""

TRANSFERS = 2
"""The most simultaneous chunks that move bytes on the embedded cloud: each keeps a core and the disk busy."""


async def run(served: list[Any], *, shared: bool) -> None:
    """Serve deployments until SIGTERM.

    Args:
        served: the deployments.
        shared: whether the server is not ours: then it may have runs of other runners, which must not be ended.
    """
    runner = Runner(name="imagekeeper", limit=LIMIT, pause_on_shutdown=False)
    await _wait_for_server()
    # One client for all requests: to create one takes as long as ten requests.
    async with AsyncClientContext.get_or_create() as context:
        server = Connection(os.environ["PREFECT_API_URL"], os.environ.get(SETTING))
        lost = 0 if shared else await asyncio.to_thread(end_lost, server)
        await forget_missed(context.client, datetime.now(UTC))
        for deployment in served:
            # The version is that of this installation. Prefect's default is the git commit of the working directory.
            deployment.version_type = "prefect:simple"
            await runner.aadd_deployment(deployment)
        problem = await prepare(context.client)
        if lost:
            finish = await context.client.read_deployment_by_name(FINISH)
            await context.client.create_flow_run_from_deployment(finish.id)
    ended = asyncio.Event()
    running = asyncio.create_task(runner.start())
    while not runner.started and not running.done():  # noqa: ASYNC110 - the runner has no event to await
        await asyncio.sleep(0.01)
    # Replaces the handler of the runner, which ends the process before the runs have ended.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    scheduled = sum(bool(deployment.schedules) for deployment in served)
    _report_ready(f"{len(served)} deployments, {scheduled} of them on a schedule{problem}")
    await asyncio.wait({running, asyncio.create_task(ended.wait())}, return_when=asyncio.FIRST_COMPLETED)
    if ended.is_set():
        await runner.astop()
    await running


async def prepare(client: PrefectClient) -> str:
    """Create our concurrency limits and automations on the server; return a warning, or an empty text."""
    await client.upsert_global_concurrency_limit_by_name(CLOUD.format(cloud=settings().cloud), TRANSFERS)
    try:
        await automate(client, settings().notify)
    except NoSuchBlockError as error:
        return f"; {error}"
    return ""


async def _wait_for_server() -> None:
    """Wait until the server answers; it may still be starting."""
    async with get_client() as client:
        while await client.api_healthcheck() is not None:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.2)


def _report_ready(message: str) -> None:
    """Write the one line for which ``local_services`` waits. Later output goes to the log, which stderr is."""
    sys.stdout.write(message + "\n")
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _end_with_parent(pipe: int) -> None:
    """Stop this process group when the parent has ended, also after a kill -9: then its end of the pipe closes."""
    os.read(pipe, 1)
    os.killpg(os.getpgrp(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, args=(sys.stdin.fileno(),), daemon=True).start()
    asyncio.run(run(deployments(), shared="--shared" in sys.argv))
