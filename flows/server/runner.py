"""The process of ``imagekeeper up`` that runs the flows which schedules and people start."""

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
"""How many flow runs go on at once: with SQLite, Prefect's server turns down more that start together."""


MOVING = 2
"""How many chunks that move bytes on the embedded cloud go on at once: each keeps a core and the disk busy."""


async def run(served: list[Any], *, shared: bool) -> None:
    """Serve deployments until this process is told to end; a ``shared`` server may know of others' runs."""
    runner = Runner(name="imagekeeper", limit=LIMIT, pause_on_shutdown=False)
    await _answered()
    # one client for all that is said to the server: making one takes as long as ten requests
    async with AsyncClientContext.get_or_create() as ours:
        server = Connection(os.environ["PREFECT_API_URL"], os.environ.get(SETTING))
        lost = 0 if shared else await asyncio.to_thread(end_lost, server)
        await forget_missed(ours.client, datetime.now(UTC))
        for one in served:
            # what is served comes from this installation, not from the repository of whoever stands in one
            one.version_type = "prefect:simple"
            await runner.aadd_deployment(one)
        told = await prepare(ours.client)
        if lost:
            finish = await ours.client.read_deployment_by_name(FINISH)
            await ours.client.create_flow_run_from_deployment(finish.id)
    ended = asyncio.Event()
    running = asyncio.create_task(runner.start())
    while not runner.started and not running.done():  # noqa: ASYNC110 - the runner has no event to await
        await asyncio.sleep(0.01)
    # instead of the runner's own, which ends the process before the runs have ended
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    scheduled = sum(bool(one.schedules) for one in served)
    _tell(f"{len(served)} deployments, {scheduled} of them on a schedule{told}")
    await asyncio.wait({running, asyncio.create_task(ended.wait())}, return_when=asyncio.FIRST_COMPLETED)
    if ended.is_set():
        await runner.astop()
    await running


async def prepare(client: PrefectClient) -> str:
    """Have the server know our limits and automations; what somebody has to be told of that."""
    await client.upsert_global_concurrency_limit_by_name(CLOUD.format(cloud=settings().cloud), MOVING)
    try:
        await automate(client, settings().notify)
    except NoSuchBlockError as error:
        return f"; {error}"
    return ""


async def _answered() -> None:
    """Wait until the server answers, which is starting."""
    async with get_client() as client:
        while await client.api_healthcheck() is not None:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.2)


def _tell(ready: str) -> None:
    """Say the one line that is awaited; what comes later goes to the log."""
    sys.stdout.write(ready + "\n")
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _end_with(parent: int) -> None:
    """End when whoever keeps the home up has gone: the pipe from there ends, also by a kill -9."""
    os.read(parent, 1)
    os.killpg(os.getpgrp(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=(sys.stdin.fileno(),), daemon=True).start()
    asyncio.run(run(deployments(), shared="--shared" in sys.argv))
