"""Clean up flow runs when the local services start: runs whose process is gone, and missed scheduled runs."""

import json
from datetime import datetime
from typing import Any
from urllib.request import Request, urlopen

from flows.server.access import Connection

STOPPED = "Runner is shutting down."
"""The message of Prefect's runner in the state of the runs that it cancels when it stops."""


async def forget_missed(client: Any, now: datetime) -> int:
    """Delete the scheduled runs that were due by ``now``, except the latest of each deployment; return their number.

    Each scheduled flow also does the work of earlier runs, so one run is enough. Runs that have started once and runs
    that a person created stay.
    """
    from prefect.client.schemas import filters
    from prefect.client.schemas.sorting import FlowRunSort

    missed = filters.FlowRunFilter(
        deployment_id=filters.FlowRunFilterDeploymentId(is_null_=False),
        state=filters.FlowRunFilterState(name=filters.FlowRunFilterStateName(any_=["Scheduled", "Late"])),
        expected_start_time=filters.FlowRunFilterExpectedStartTime(before_=now),
    )
    with_latest_run = set()
    superfluous = []
    async for run in _runs(client, missed, FlowRunSort.EXPECTED_START_TIME_DESC):
        if not run.auto_scheduled or run.run_count:
            continue
        if run.deployment_id in with_latest_run:
            superfluous.append(run.id)
        with_latest_run.add(run.deployment_id)
    for run_id in superfluous:
        await client.delete_flow_run(run_id)
    return len(superfluous)


def end_lost(server: Connection) -> int:
    """Set the runs of deployments whose process is gone to crashed; return their number.

    This includes runs that the runner cancelled because it stopped. Call this only while no runner is up: before it
    starts, or after it was killed.
    """
    crashed = {
        "type": "CRASHED",
        "message": "Its process was stopped; the run continues when imagekeeper is up again.",
    }
    lost = _in_state(server, "PENDING", "RUNNING", "CANCELLING")
    lost += [run for run in _in_state(server, "CANCELLED") if run["state"]["message"] == STOPPED]
    for run in lost:
        _post(server, f"flow_runs/{run['id']}/set_state", {"state": crashed, "force": True})
    return len(lost)


def _in_state(server: Connection, *types: str) -> list[dict[str, Any]]:
    """Return the runs of deployments in states of these types, the one that ended last first."""
    run_filter = {"deployment_id": {"is_null_": False}, "state": {"type": {"any_": types}}}
    runs: list[dict[str, Any]] = _post(server, "flow_runs/filter", {"flow_runs": run_filter, "sort": "END_TIME_DESC"})
    return runs


def _post(server: Connection, path: str, body: dict[str, Any]) -> Any:
    """Send a request to Prefect's API, without its client, whose import takes a second."""
    headers = {"Content-Type": "application/json", **server.headers}
    request = Request(f"{server.url}/{path}", json.dumps(body).encode(), headers)  # noqa: S310 - http only
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - http only
        return json.load(answer)


async def _runs(client: Any, run_filter: Any, sort: Any, page: int = 200) -> Any:
    """Yield all flow runs that match a filter; read them page by page."""
    offset = 0
    while True:
        runs = await client.read_flow_runs(flow_run_filter=run_filter, sort=sort, limit=page, offset=offset)
        for run in runs:
            yield run
        if len(runs) < page:
            return
        offset += page
